"""HOW FAST, AND WITH HOW MUCH MEMORY: an invented corpus of any size, and what it costs."""
