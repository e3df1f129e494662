"""SETTINGS: pipeline folders and site files, checked and made into dataclasses."""
