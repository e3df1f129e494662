"""What may still identify a person in texts that are said to be de-identified: found, and masked."""
