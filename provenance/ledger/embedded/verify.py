"""Going through a whole ledger and recomputing everything that is stored, trusting none of it.

Chain, header signatures, data hashes, creators' signatures and certificates, endorsements, validity (MVCC) and the
state table are recomputed from the arguments up, each block by the configuration in force before it; the genesis
certificates are compared with the public ones in `keys`. Reads one snapshot, one transaction at a time, and changes
nothing. It cannot see a history that the holder of the keys has rewritten or cut off: that takes a checkpoint kept
elsewhere.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from provenance.domain.errors import DomainError, Malformed
from provenance.ledger.embedded import store
from provenance.ledger.embedded.audit import Audit, TransactionRow
from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.checkpoint import Checkpoint
from provenance.ledger.embedded.envelope import sha256
from provenance.ledger.embedded.ledger import KEYS
from provenance.ledger.embedded.membership import Membership
from provenance.ledger.port import Failed

_MOST_PROBLEMS = 100
_BLOCKS = "SELECT number, previous_hash, data_hash, signature FROM blocks ORDER BY number"
_TRANSACTIONS = """SELECT block, position, id, validity, proposal, arguments, signature, response, endorsement
    FROM transactions WHERE block = ? ORDER BY position"""
_CONFIGURATIONS = "SELECT block, body FROM configuration"
_ORPHANS = """SELECT DISTINCT block FROM transactions
    WHERE block IN (SELECT block FROM configuration) OR block NOT IN (SELECT number FROM blocks) ORDER BY block"""
_LOST = "SELECT block FROM configuration WHERE block NOT IN (SELECT number FROM blocks)"
_SCHEMA = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Report:
    """What was gone through and what is wrong with it; every problem names its `block N`."""

    height: int
    transactions: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(folder: Path, checkpoint: bytes | None = None, *, on_block: Callable[[int], None] | None = None) -> Report:
    """Return what is wrong with the ledger in `folder`, compared with a signed head if one is given.

    `on_block` is told each block's number when it has been gone through. Ends early after 100 problems.
    """
    try:
        connection = store.connect(folder / store.FILE, "ro", patience=5.0)
    except Failed as error:
        return Report(0, 0, (f"block 0: {error.detail}",))
    with closing(connection):
        return inspect(connection, folder / KEYS, checkpoint, on_block=on_block)


def inspect(
    connection: sqlite3.Connection,
    keys: Path | None,
    checkpoint: bytes | None,
    *,
    on_block: Callable[[int], None] | None = None,
) -> Report:
    """Return what is wrong with the ledger as a connection sees it, in its transaction if it has begun one.

    Without `keys` the certificates of block 0 are compared with nothing.
    """
    problems: list[str] = []
    walk = _Walk(connection, keys, on_block)
    for problem in walk.problems(checkpoint):
        problems.append(problem)
        if len(problems) == _MOST_PROBLEMS:
            problems.append(f"block {walk.number} and after: not gone through, too much is wrong before")
            break
    return Report(walk.height, walk.transactions, tuple(problems))


class _Walk:
    """One pass over one snapshot of the file."""

    def __init__(
        self, connection: sqlite3.Connection, keys: Path | None, on_block: Callable[[int], None] | None
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._on_block = on_block
        self._trail: dict[int, bytes] = {}
        self._kept_height: int | None = None
        self._then: Membership | None = None
        self.number = 0
        self.height = 0
        self.transactions = 0

    def problems(self, checkpoint: bytes | None) -> Iterator[str]:
        """Yield everything that is wrong, each with its block."""
        try:
            kept = Checkpoint.decode(checkpoint) if checkpoint is not None else None
        except Malformed as error:
            yield f"block 0: {error.detail}"
            return
        connection = self._connection
        connection.text_factory = bytes
        try:
            if not connection.in_transaction:
                connection.execute("BEGIN")
            yield from self._file(connection)
            yield from self._ledger(connection, kept)
        except sqlite3.DatabaseError as error:
            yield f"block {self.number}: {store.FILE} cannot be read as a ledger: {error}"

    def _file(self, connection: sqlite3.Connection) -> Iterator[str]:
        for (line,) in connection.execute("PRAGMA integrity_check"):
            if line != b"ok":
                yield f"block {self.number}: the database file is damaged: {line.decode(errors='replace')}"
        stored = sorted(sql.decode(errors="replace") for (sql,) in connection.execute(_SCHEMA))
        if stored != sorted(store.SCHEMA):
            yield "block 0: the tables are not those of a ledger"

    def _ledger(self, connection: sqlite3.Connection, kept: Checkpoint | None) -> Iterator[str]:
        try:
            configuration, genesis = _genesis(connection)
            membership = Membership(configuration)
        except DomainError as error:
            yield f"block 0: {error.detail}"
            return
        yield from self._pinned(configuration)
        audit = Audit(connection, membership, genesis.hash().hex())
        if kept is not None:
            self._trail = dict.fromkeys((number for number, _ in kept.trail), b"")
            self._kept_height = kept.height
        yield from self._blocks(connection, audit, genesis)
        self.transactions = audit.gone_through
        yield from (f"block {block}: {problem}" for block, problem in audit.replay.differences())
        yield from self._strays(connection, audit)
        if kept is not None:
            if not self._signed(kept, audit.membership):
                yield "block 0: the checkpoint is not signed by the ledger that begins with it"
            yield from kept.differences(self._trail, self.height)

    def _signed(self, kept: Checkpoint, newest: Membership) -> bool:
        if self._then is not None:
            return self._then.signed_by_ledger(kept.signature, kept.digest())
        return newest.signed_for_ledger(kept.certificate, kept.signature, kept.digest())

    def _pinned(self, configuration: Configuration) -> Iterator[str]:
        if self._keys is None:
            return
        pins = {"ca.pem": configuration.authority, "ledger.pem": configuration.ledger}
        for name, certificate in pins.items():
            path = self._keys / name
            if not path.is_file():
                yield f"block 0: there is no {path} to compare its certificate with"
            elif path.read_bytes() != certificate:
                yield f"block 0: its certificate is not the one in {path}"

    def _blocks(self, connection: sqlite3.Connection, audit: Audit, genesis: Header) -> Iterator[str]:
        previous, configurations = b"", dict[int, bytes](connection.execute(_CONFIGURATIONS))
        for number, *hashes, signature in connection.execute(_BLOCKS):
            self.number = number
            if number != self.height:
                yield f"block {self.height}: it is missing, block {number} follows"
            header = Header(number, *hashes)
            yield from _in_block(number, audit.header(header, signature, previous))
            if number == 0 and header != genesis:
                yield "block 0: its data hash is not that of its configuration"
            elif number in configurations and number:
                yield from _in_block(number, audit.configuration(header, configurations[number]))
            elif number:
                rows = (TransactionRow(*row) for row in connection.execute(_TRANSACTIONS, (number,)))
                yield from _in_block(number, audit.transactions(header, rows))
            previous = header.hash()
            self._passed(number, previous, audit.membership)

    def _passed(self, number: int, digest: bytes, membership: Membership) -> None:
        self.height = number + 1
        if self.height == self._kept_height:
            self._then = membership
        if number in self._trail:
            self._trail[number] = digest
        if self._on_block is not None:
            self._on_block(number)

    def _strays(self, connection: sqlite3.Connection, audit: Audit) -> Iterator[str]:
        for (block,) in connection.execute(_ORPHANS):
            yield f"block {block}: transactions are stored that no block covers"
        for (block,) in connection.execute(_LOST):
            yield f"block {block}: a configuration is stored that no block covers"
        (stored,) = connection.execute("SELECT count(*) FROM identities").fetchone()
        if stored != audit.named:
            yield f"block {self.number}: up to it {audit.named} certificates are named, but {stored} are stored"


def _genesis(connection: sqlite3.Connection) -> tuple[Configuration, Header]:
    row = connection.execute("SELECT body FROM configuration WHERE block = 0").fetchone()
    if row is None:
        raise Malformed("configuration.form", "it carries no configuration")
    return Configuration.decode(row[0]), Header(0, b"", sha256(row[0]))


def _in_block(number: int, problems: Iterable[str]) -> Iterator[str]:
    return (f"block {number}: {problem}" for problem in problems)
