"""Data of the bundled pipelines; installed as `auditor_pipelines`."""
