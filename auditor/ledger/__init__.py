"""BOTH, KEPT FROM NIGHT TO NIGHT: facts, cases and their history in a database."""
