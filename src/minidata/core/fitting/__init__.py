"""Records held against their Row: what fits, and why something does not."""
