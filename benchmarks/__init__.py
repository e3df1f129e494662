"""Measurements of the project: accuracy and speed. Not part of the installed package."""
