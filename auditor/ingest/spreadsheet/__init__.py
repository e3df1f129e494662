"""Excel workbooks: packages, sheets and cells -> rows of text, one row at a time."""
