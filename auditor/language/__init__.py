"""TABLE -> FINDINGS AND EVENTS: what each report and order says."""
