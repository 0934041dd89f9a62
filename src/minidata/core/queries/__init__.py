"""What SQL that people write says: that it is one query, which relations it reads, and where a statement ends."""
