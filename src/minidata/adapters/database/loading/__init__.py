"""Rows into tables: one Load is one transaction, with its ledger."""
