"""
From what an API was seen to send, or says of itself, to a Source as a person would write it.

    shapes      what was seen at each place of the records        openapi   what a document says is there
    envelopes   where in a body the records are                   paging    how the next page is asked for
    keys        what tells records apart                          cursors   what tells new ones from old ones
    drafting    a Row for a Shape                                 writing   the draft as Python
"""
