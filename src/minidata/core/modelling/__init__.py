"""What a project's SQL says: Models, their order and fingerprints, tests and reports."""
