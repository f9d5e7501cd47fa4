"""The acts: everything that an organisation can do on the ledger beside recording what it observed.

An act bears authority: it is refused unless its caller holds it (role x jurisdiction x object, from the registry
alone). `perform` does one by its name over whatever holds the records: the contracts over the ledger's state,
projector and verifier over theirs.
"""

from provenance.domain.acts import custody, customs, enforcement, products, registry, rights
from provenance.domain.acts.act import ACTS, Act, Call, perform

__all__ = ["ACTS", "Act", "Call", "custody", "customs", "enforcement", "perform", "products", "registry", "rights"]
