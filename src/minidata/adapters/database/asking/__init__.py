"""Questions that only read, and sessions of people at a prompt."""
