"""Seeds: small tables that people write down as CSV files, understood as dbt with Postgres understands them."""
