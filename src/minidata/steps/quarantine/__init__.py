"""quarantine: what was not loaded, looked at, tried again, or given up."""
