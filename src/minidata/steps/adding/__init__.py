"""The parts of `add`: asking an API for its first pages, keeping them, and reading a document about it."""
