"""What may still identify a person in de-identified texts: found, listed, masked."""
