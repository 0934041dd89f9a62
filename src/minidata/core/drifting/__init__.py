"""
Where what an API sends has moved away from what the Rows say of it.

    outlines     what a Row says of each place in a record     changing    what would have to change, class by class
    seeing       what was seen at those places                 patching    that change as a patch of a file
    finding      where the one differs from the other          pythontext  a file's text and syntax tree
    overlooking  what a Stream leaves out on purpose           editing     one change to one class
                                                               importing   the imports that a change needs
"""
