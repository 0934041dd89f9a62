"""
A stage in a container of its own, told in its order.

    isolation      a command's containers, one for each stage, one after the other
    confining      what a stage takes along: settings without secrets that it does not need, folders (in luggage.py: a
                   wheel, the Sources, the way outside, what opens a bucket)
    hearing        what it says out of its container
    leftovers      what stays behind when the command is killed
    exporting      what another scheduler must know to do the same
"""
