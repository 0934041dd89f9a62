"""trace: from a row back to what an API sent."""
