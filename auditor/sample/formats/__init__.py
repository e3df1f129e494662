"""The same invented rows in the formats in which hospitals export them."""
