"""LEDGER -> VERDICTS: pure functions from a patient's facts to judged cases."""
