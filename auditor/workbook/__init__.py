"""VERDICTS -> FILES: CSV tables and the Excel workbook."""
