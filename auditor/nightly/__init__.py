"""A night that nobody watches: what starts by itself, checks itself and says how it went."""
