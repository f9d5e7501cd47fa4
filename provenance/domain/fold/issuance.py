"""Whether an act issued an item's serial, and what the act says about the item.

A batch is a range of equally long numbers or a list of hashes of random serials; a serial of another length, or with
the same digits written differently, is another serial.
"""

from collections.abc import Iterator
from hashlib import sha256

from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.life import Life
from provenance.domain.fold.register import Register
from provenance.domain.gs1.keys import Gtin
from provenance.domain.records import Batch


def find(gtin: Gtin, serial: str, register: Register) -> Batch | None:
    """Return the first batch by which a serial was issued, None where no act issued it."""
    digest = sha256(f"{gtin}/{serial}".encode()).hexdigest()
    found = [batch for batch in register.world.linked(Batch, f"serial/{digest}") if register.done(batch.issued)]
    ranges = register.world.linked(Batch, f"range/{gtin}")
    found += [batch for batch in ranges if _in_range(batch, serial) and register.done(batch.issued)]
    return min(found, key=lambda batch: (batch.issued.effective, batch.id), default=None)


def _in_range(batch: Batch, serial: str) -> bool:
    if batch.first is None or batch.last is None or len(serial) != len(batch.first):
        return False
    return serial.isascii() and serial.isdigit() and batch.first <= serial <= batch.last


def judge(batch: Batch | None, life: Life, register: Register) -> Iterator[Finding]:
    """Find a serial that nobody issued or nobody used, and one issued only after its use."""
    if batch is None:
        yield finding("never_issued", "Nobody on record issued this serial number.")
        return
    issuer, issued = register.name(batch.issued.by), words.day(batch.issued.effective)
    if not life.makings:
        text = f"{issuer} issued this serial number on {issued}, but nobody has recorded making the item."
        yield finding("never_commissioned", text, f"batch:{batch.id}")
    elif batch.issued.effective > life.makings[0].at + register.tolerance:
        made = words.day(life.makings[0].at)
        text = f"{issuer} issued this serial number on {issued}, after the record of its making on {made}."
        yield finding("issued_after_use", text, life.makings[0].digest, f"batch:{batch.id}")
