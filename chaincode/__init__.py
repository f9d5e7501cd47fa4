"""The contracts: what a peer, or the embedded ledger, runs for a transaction.

`execute` is all that a ledger needs. It knows the domain and the stub that it is handed, and nothing about which
ledger that is. Transactions are the acts of `provenance.domain.acts` and `custody:append`; `registry:get` is the one
query. Nothing else can be called: a helper never becomes a transaction by being public.
"""

from chaincode.dispatch import execute

__all__ = ["execute"]
