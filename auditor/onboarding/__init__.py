"""A first site file from looking at a hospital's exports: `auditor init`."""
