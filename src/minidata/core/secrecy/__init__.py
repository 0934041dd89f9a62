"""Secrets, masked by value in whatever is written."""
