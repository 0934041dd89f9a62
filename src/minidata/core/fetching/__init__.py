"""How an API is asked: how it pages, when to ask again, how far one has come, what a page tells."""
