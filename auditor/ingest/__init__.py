"""SOURCE -> CANONICAL TABLE: exports read into the contract columns, row by row accounted for."""
