"""The embedded ledger: one operator's ledger in an SQLite file, with Fabric's semantics and its own certificate
authority.
"""

from provenance.ledger.embedded.ledger import EmbeddedLedger

__all__ = ["EmbeddedLedger"]
