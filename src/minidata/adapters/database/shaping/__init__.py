"""
Tables held against their Rows: made, changed, made again beside and swapped in.

    definitions  a Row's tables as DDL            differing    what a difference is
    catalog      what there is of a table         differences  a table against its Row; its columns: column_differences
    tables       made, or changed where safe      twins        made beside, and filled by a rebuild
    swapping     twins in the tables' places      succeeding   what a table gives its successor
    dependants   views that stand on tables       kept         grants and comments, as what gives them again
"""
