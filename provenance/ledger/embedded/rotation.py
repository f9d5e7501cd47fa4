"""Replacing keys of a ledger that goes on, an organisation's or the ledger's own, or ending an organisation's.

An organisation's new key is in use before the ledger revokes the former ones, and those are removed after that. Each
step can be repeated: whoever is interrupted does the whole again.
"""

from pathlib import Path

from provenance.ledger.embedded.ledger import KEYS
from provenance.ledger.embedded.reconfigure import replace_key, revoke
from provenance.ledger.identity import CertificateAuthority


def rotate(folder: Path, organisation: str) -> int:
    """Give an organisation a new key, have the ledger revoke those before, and return the block that says so.

    What was signed before stays valid, nothing signed with a former key is accepted after. Raises `LedgerError`.
    """
    authority = CertificateAuthority.open(folder / KEYS)
    former = authority.replace(organisation)
    block = revoke(folder, authority.folder, former)
    authority.discard(organisation)
    return block


def end(folder: Path, organisation: str) -> int:
    """Have the ledger revoke the keys of an organisation, which gets no other, and return the block that says so.

    What was signed before stays valid, nothing of the organisation is accepted after, until `rotate` gives it a new
    key. Where they are revoked already, nothing is appended. Raises `LedgerError`.
    """
    authority = CertificateAuthority.open(folder / KEYS)
    return revoke(folder, authority.folder, authority.keys_of(organisation))


def rotate_ledger(folder: Path) -> int:
    """Have the ledger sign with a new key from the next block on, and return the block that says so.

    That block is the last that the former key signs. Raises `LedgerError`.
    """
    authority = CertificateAuthority.open(folder / KEYS)
    certificate = authority.prepare_ledger().certificate
    block = replace_key(folder, authority.folder, certificate)
    authority.discard_ledger(certificate)
    return block
