"""Models built aside and tested, and the transaction that shows them to readers."""
