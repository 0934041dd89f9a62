"""What is in the bytes of a body: its records, exactly, and the places of things in them."""
