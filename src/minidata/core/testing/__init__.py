"""Tests of data: what is said of a relation, as queries for the rows that break it."""
