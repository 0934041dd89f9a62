"""The ledger: what is loaded, by whom it is being loaded, what did not fit."""
