"""
Fetching a Stream, from the first request to the manifest.

    stream     what is asked of a Stream, and the Runs that takes
    starting   where a Run begins, and whether an interrupted one goes on
    order      what a Run is told to do, and stands on
    run        a Run: its walks through pages, to the manifest
    chain      one walk, its requests in their order
    lines      requests, several at the same time
    keeping    bodies into the store, and written down
    journal    the writing down, so that an interrupted Run can go on
    telling    what the pages tell together
    boundary   which records come again
    unchanged  whether there is anything new at all
    parents    what a child Stream is asked for
    files      what a person has on disk
"""
