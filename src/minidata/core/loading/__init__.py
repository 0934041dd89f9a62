"""From checked records to what a Load writes, and what it would write."""
