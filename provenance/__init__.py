"""Provenance: a consortium ledger for goods that cross borders, and the gateway in front of it."""
