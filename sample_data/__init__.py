"""Invented sample exports; installed as `auditor_samples`."""
