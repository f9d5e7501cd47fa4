"""Ledgers: the port that the product speaks to, and its adapters."""
