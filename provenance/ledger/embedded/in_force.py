"""The configuration in force, as a process that writes and endorses must know it: never an older one than its snapshot.

Other processes append configurations too, so every use asks the database for the newest one's number, and reads it and
the key that belongs to it only when that has changed.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from provenance.ledger.embedded.chain import Configuration
from provenance.ledger.embedded.membership import Membership
from provenance.ledger.identity import FileSigner, IdentityError
from provenance.ledger.port import Failed

_NEWEST = "SELECT max(block) FROM configuration"
_BODY = "SELECT body FROM configuration WHERE block = ?"


@dataclass(frozen=True, slots=True)
class InForce:
    """The configuration of a block, the members under it, and the ledger's key that it names, if that is here."""

    block: int
    configuration: Configuration
    membership: Membership
    key: FileSigner | None

    @property
    def signer(self) -> FileSigner:
        """The ledger's own signer. Raises `Failed` (`ledger.read_only`) in a copy that has no key."""
        if self.key is None:
            raise Failed("ledger.read_only", "this is a copy of the ledger without its key: it can only be read")
        return self.key


class Configurations:
    """Gives the configuration that is in force in a snapshot; safe to use from several threads."""

    def __init__(self, keys: Path) -> None:
        """Look for the ledger's key in the folder `keys`."""
        self._keys = keys
        self._held: InForce | None = None

    def at(self, connection: sqlite3.Connection) -> InForce:
        """Return what is in force in the connection's snapshot. Raises `Failed`, `IdentityError`, `DomainError`."""
        held = self._held
        (newest,) = connection.execute(_NEWEST).fetchone()
        if held is None or held.block != newest:
            held = self._held = self._load(connection, newest)
        return held

    def _load(self, connection: sqlite3.Connection, block: int | None) -> InForce:
        if block is None:
            raise Failed("ledger.damaged", "the ledger has no configuration")
        (body,) = connection.execute(_BODY, (block,)).fetchone()
        configuration = Configuration.decode(body)
        return InForce(block, configuration, Membership(configuration), self._key(configuration.ledger))

    def _key(self, certificate: bytes) -> FileSigner | None:
        try:
            return FileSigner.of(self._keys, "ledger", certificate)
        except IdentityError as error:
            if error.code == "identity.missing":
                return None
            if error.code == "identity.mismatch":
                raise Failed("ledger.keys", "the key in the folder is not the one that the ledger names") from error
            raise
