"""How facts look on a terminal. Data goes to stdout; the same facts are one JSON object with --json."""
