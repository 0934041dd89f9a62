"""Tables held against their Rows: made, changed, made again beside and swapped in."""
