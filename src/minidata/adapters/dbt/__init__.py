"""The door to dbt, the program: finding and running it, and the folder in which it runs."""
