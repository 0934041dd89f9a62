"""
How a Load goes, told in its order.

    planning   which objects of which Runs are to be loaded, in tasks that any hand can do in any order
    working    one task: read, check, prepare, and commit with the ledger
    hand       the connection that a worker works with, opened again when it breaks
    telling    what came of it all
"""
