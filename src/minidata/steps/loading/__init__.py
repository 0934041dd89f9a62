"""
How a Load goes, told in its order.

    planning   which objects of which Runs are to be loaded, in tasks (in parts.py: of what size)
    working    one task: claim, read and prepare (reading.py), commit with the ledger
    hand       the connection that a worker works with, opened again when it breaks
    telling    what came of it all
"""
