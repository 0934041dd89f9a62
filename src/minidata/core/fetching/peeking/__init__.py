"""
Looking into a page for what an ingest needs to know of it, and no further.

    wanted    what is looked for
    plainly   found by reading all of the page, exactly
    quickly   found by passing over all else: the same, several times as fast
    plan      what is not passed over
    marks     the cursor's values
    peek      a page's gist
"""

from minidata.core.fetching.peeking.peek import Peek, peek_of

__all__ = ["Peek", "peek_of"]
