"""
What to ask next: pure rules, one for each way an API pages.

    walk        a chain of pages: what may be asked now, what an answer means
    asking      the requests: where parameters go
    counting    by number or offset: when they end, how many may be asked for side by side
    onward      by what the answer says, one after the other
    yielded     by a user's own function
    origins     where a page may lead to
    trail       seeing that a Walk does not go in circles
"""

from minidata.core.fetching.pagination.walk import Walk, walk_of

__all__ = ["Walk", "walk_of"]
