"""
Where what an API sends has moved away from what the Rows say of it.

    outlines   what a Row says of each place in a record     seeing    what was seen at those places
    finding    where the one differs from the other          changing  what would have to change in which class
    editing    that change, in the text of a file            imports   the imports that it needs
"""
