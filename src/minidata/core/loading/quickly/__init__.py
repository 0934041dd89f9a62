"""
The quick way from a page's bytes to lines, for records that are written as programs write them.

The records of a page look alike: the same keys in the same order, values of the same kinds. From a few of them, and
from their Row, a *layout* is learned: one regular expression that matches a whole record and has a group for each
column. What it matches needs no parser, for the pattern itself says that it is JSON, that no key comes twice, that each
value is of the type and in the range that its column wants, and nearly always that it is spelled as the plain way would
write it. All other records, and all that is around them, are left to the plain way.

    patterns.py   JSON as regular expressions, after the shape of some samples
    standing.py   values that stand in a body as they stand in a line
    cells.py      from a column's matches to its texts, for all kinds of columns
    layout.py     from samples of records to the pattern of all that are like them
    quick.py      a page: what matches is taken out, the rest is read as ever

The plain way is the law: whatever page there is, the outcome is the same, and a property test holds it.
"""
