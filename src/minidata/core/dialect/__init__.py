"""dbt's dialect: the project file, what folders and files configure, and Jinja with all that templates may name."""
