"""What doctor looks at: one small function for each thing. None changes anything, none relies on another."""
