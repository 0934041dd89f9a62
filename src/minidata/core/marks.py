"""The columns that minidata adds to tables of its own, by their names."""

# The stored response that a row comes from, as the ledger numbers it, and the place of its record in there, from 0.
OBJECT = "_object"
RECORD = "_record"
# The place of a child's row in its parent's list, from 0.
POSITION = "_position"
VALID_FROM = "valid_from"
VALID_TO = "valid_to"
