"""What running tests is made of: those of data, those of models (unit tests), and how they went."""
