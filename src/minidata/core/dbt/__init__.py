"""dbt itself, the program: the files it needs of a project, and what it says that it did."""
