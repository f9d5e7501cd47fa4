"""The one composition root: a data folder and settings in, a gateway out.

A data folder holds everything of one deployment. `keys` and `operations.db` cannot be made again, `ledger.db` is the
ledger, `readmodel.db` follows from it. With the embedded ledger the signers of all organisations lie in one wallet,
because it has a single operator: its class name and its warning say so. On Fabric there are no `ledger.db` and no
`keys`: a connection profile leads to the peers and to this gateway's own signer (`provenance.opening`).

::

    HOME/ledger.db            the ledger
    HOME/keys/                its certificate authority, its own key, the organisations' signers
    HOME/operations.db        API keys, capture jobs, outbox, unless they are on a server
    HOME/spool/               accepted bodies
    HOME/files/               files by their SHA-256
    HOME/readmodel.db         disposable, unless it is on a server
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from provenance import opening
from provenance.attempts import Attempt
from provenance.capture import SMALL, ContractsFor, Runner
from provenance.coalesce import Coalescer
from provenance.consumers import Consumers
from provenance.consumers.sessions import Sessions
from provenance.contracts import Contracts
from provenance.domain import summary
from provenance.domain.epcis import chunk
from provenance.domain.epcis.document import Captured
from provenance.domain.gs1 import link
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Deployment, Role
from provenance.domain.trace import Trace, trace
from provenance.domain.verdict import Entry, Verdict, judge
from provenance.ledger.certificates import Certificate, ending, in_use
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.groups import Rest
from provenance.ledger.identity import CertificateAuthority, InsecureWallet
from provenance.ledger.port import Failed, Ledger, Receipt, Signed, Signer
from provenance.observe import metrics
from provenance.opening import Heights, Wallet
from provenance.operations import LeaseLost, Operations, Outbox, Part
from provenance.posting import Posting
from provenance.readmodel import ReadModel
from provenance.readmodel.project import Projector
from provenance.settings import Settings
from provenance.settling import Settler

STEWARD = "Steward"
"""The organisation that a new ledger is founded by, where the settings name no other."""

LEDGER_FILE, KEYS_FOLDER = opening.LEDGER_FILE, opening.KEYS_FOLDER
SPOOL_FOLDER, OPERATIONS_FILE = "spool", "operations.db"
FILES_FOLDER = "files"
RUN_FOLDER = "run"
"""What only running processes share; it belongs into no backup."""

CONTENTS = (LEDGER_FILE, KEYS_FOLDER, SPOOL_FOLDER, FILES_FOLDER, OPERATIONS_FILE, "readmodel", RUN_FOLDER)
"""What the names of a data folder's entries begin with."""

ABREAST = 16
"""How many small documents a capture process has on their way to Fabric at once."""

_FEW = 20
"""How many events a chunk has at most that is recorded together with others."""

_FRAME = 160
"""More than what a chunk, and each event in it, takes beside the events' bodies."""


class _Counted(Contracts):
    """The transactions of one organisation, their events counted for the operator."""

    def append(self, chunk: bytes) -> Receipt:
        """Record a chunk of captured events and count them."""
        receipt = super().append(chunk)
        metrics.count_events(receipt)
        return receipt


@dataclass(frozen=True, slots=True)
class _Small:
    """A chunk that is recorded together with others, and whose it is."""

    chunk: bytes
    part: Part


class _Gathered(_Counted):
    """The same, small chunks in one transaction with those that arrive at the same time."""

    def __init__(self, ledger: Ledger, signer: Signer, gathered: Coalescer[_Small], *, attempt: Attempt) -> None:
        super().__init__(ledger, signer, on_signed=attempt)
        self._gathered = gathered
        self._attempt = attempt

    def append(self, chunk: bytes) -> Receipt:
        """Record a chunk, by itself or in a larger one."""
        if not _is_small(chunk):
            return super().append(chunk)
        return self._gathered.submit(self.organisation, _Small(chunk, self._attempt.part))


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything that commands, API and pages work with, opened in one data folder."""

    home: Path
    settings: Settings
    ledger: Ledger
    wallet: Wallet
    readmodel: ReadModel
    operations: Operations
    coalescer: Coalescer[Captured]
    consumers: Consumers
    heights: Heights

    def contracts_for(self, organisation: str, on_signed: Callable[[Signed], None] | None = None) -> Contracts:
        """Return the transactions of an organisation whose signer is held here; raises `IdentityError`.

        `on_signed` is handed every signed envelope before it is submitted.
        """
        return _Counted(self.ledger, self.wallet.signer(organisation), on_signed=on_signed)

    def record(self, organisation: str, event: Captured) -> Receipt:
        """Record one event of an organisation, in one transaction with those that arrive at the same time.

        Raises `LedgerError`.
        """
        return self.coalescer.submit(organisation, event)

    def height(self) -> int:
        """Return how many blocks the ledger has."""
        return self.ledger.height()

    def projector(self) -> Projector:
        """Return what brings the read model up to the ledger."""
        return Projector(self.readmodel, self.ledger)

    def runner(self) -> Runner:
        """Return what works on capture jobs."""
        if not self.ledger.replicated:
            return Runner(self.operations, self.contracts_for, on_outcome=metrics.count_document)
        return Runner(self.operations, self._gathering(), abreast=ABREAST, on_outcome=metrics.count_document)

    def _gathering(self) -> ContractsFor:
        """Return what gives an organisation's contracts that record small chunks together."""
        gathered = _gatherer(self.ledger, self.wallet, self.operations.outbox)

        def contracts_for(organisation: str, attempt: Attempt) -> Contracts:
            return _Gathered(self.ledger, self.wallet.signer(organisation), gathered, attempt=attempt)

        return contracts_for

    def settler(self) -> Settler:
        """Return what ends the uncertainty about transactions whose answer was lost."""
        return Settler(self.operations.outbox, self.ledger)

    def judge(self, item: Link) -> Verdict:
        """Return the verdict on an item by what is projected now."""
        with self.readmodel.view() as view:
            return judge(item, view.facts, view.world, as_of=datetime.now(UTC))

    def history(self, thing: Link) -> tuple[Entry, ...]:
        """Return what happened to an item or a logistic unit, in the order in which it counts."""
        read = summary.unit if link.class_of(thing) is None else judge
        with self.readmodel.view() as view:
            return read(thing, view.facts, view.world, as_of=datetime.now(UTC)).history

    def trace(self, item: Link) -> Trace:
        """Return the way from an item back to its rights, by what is projected now."""
        with self.readmodel.view() as view:
            return trace(judge(item, view.facts, view.world, as_of=datetime.now(UTC)), view.world)

    def close(self) -> None:
        """Write what waits; release files and connections."""
        self.consumers.close()
        self.operations.close()
        self.readmodel.close()
        self.ledger.close()


def initialised(home: Path, settings: Settings) -> bool:
    """Tell whether there is a ledger to work on: in the folder, or on Fabric."""
    return opening.initialised(home, settings)


def initialise(home: Path, settings: Settings) -> str:
    """Set up a ledger with its steward and return its id: a new one in the folder, or what is on the channel.

    Raises `LedgerError` where one is there already.
    """
    steward = settings.steward
    if not settings.on_fabric:
        EmbeddedLedger.create(home, CertificateAuthority.create(home / KEYS_FOLDER))
        InsecureWallet(home / KEYS_FOLDER).add(steward)
    home.mkdir(parents=True, exist_ok=True)
    gateway = open_gateway(home, settings)
    try:
        contracts = gateway.contracts_for(steward)
        if contracts.query(Deployment, Deployment.kind) is not None:
            raise Failed("ledger.exists", "the ledger on this channel has been founded already")
        contracts.found(stewards=[steward])
        contracts.enrol(organisation=steward, name=steward, roles=[Role.STEWARD])
        return gateway.ledger.id
    finally:
        gateway.close()


def readmodel_url(home: Path, settings: Settings) -> str:
    """Return where the read model of a folder is."""
    return settings.readmodel_url or f"sqlite:///{home / 'readmodel.db'}"


def operations_url(home: Path, settings: Settings) -> str:
    """Return where the operations store of a folder is."""
    return settings.operations_url or f"sqlite:///{home / OPERATIONS_FILE}"


def open_gateway(home: Path, settings: Settings) -> Gateway:
    """Open the gateway of a folder that was initialised.

    Raises `LedgerError`, `ReadModelError`, `OperationsError`.
    """
    ledger, wallet, heights = opening.opened(home, settings)
    operations = Operations(operations_url(home, settings), spool=home / SPOOL_FOLDER)
    return Gateway(
        home=home,
        settings=settings,
        ledger=ledger,
        wallet=wallet,
        readmodel=ReadModel(readmodel_url(home, settings)),
        operations=operations,
        coalescer=_coalescer(ledger, wallet, operations.outbox),
        consumers=_consumers(home, settings, operations),
        heights=heights,
    )


def _consumers(home: Path, settings: Settings, operations: Operations) -> Consumers:
    return Consumers(
        operations.consumer_scans,
        Sessions(home / RUN_FOLDER / "sessions"),
        country_header=settings.country_header,
        retention=timedelta(days=settings.scan_retention),
        count=metrics.count_consumer_scans,
    )


def _coalescer(ledger: Ledger, wallet: Wallet, outbox: Outbox) -> Coalescer[Captured]:
    def record(organisation: str, events: Sequence[Captured]) -> Receipt:
        (arguments,) = chunk.build(events)
        with Posting(outbox, organisation) as post:
            signed = post if ledger.replicated else None  # what this process commits itself is not lost on its way
            return _Counted(ledger, wallet.signer(organisation), on_signed=signed).append(arguments)

    return Coalescer(
        record,
        weight=lambda event: len(event.body) + _FRAME,
        most=chunk.MOST_EVENTS,
        heaviest=chunk.MOST_BYTES - _FRAME,
        rest=Rest.TWICE_A_WRITE if ledger.replicated else Rest.NONE,
    )


def _is_small(arguments: bytes) -> bool:
    return len(arguments) <= SMALL and chunk.count(arguments) <= _FEW


def _gatherer(ledger: Ledger, wallet: Wallet, outbox: Outbox) -> Coalescer[_Small]:
    def record(organisation: str, small: Sequence[_Small]) -> Receipt:
        def post(signed: Signed) -> None:
            try:
                outbox.post(signed.id, signed.envelope, organisation=organisation, parts=[each.part for each in small])
            except LeaseLost as error:  # the others are tried again without it
                raise Failed(error.code, error.detail, signed.id) from error

        joined = chunk.joined([each.chunk for each in small])
        return _Counted(ledger, wallet.signer(organisation), on_signed=post).append(joined)

    heaviest = chunk.MOST_BYTES - _FRAME
    return Coalescer(record, weight=lambda small: len(small.chunk), most=chunk.MOST_EVENTS // _FEW, heaviest=heaviest)


def certificates(home: Path, ledger: EmbeddedLedger) -> list[Certificate]:
    """Return the certificates that a folder's signatures rest on. Raises `IdentityError`."""
    now = ledger.configuration
    return in_use(home / KEYS_FOLDER, authority=now.authority, ledger=now.ledger, revoked=now.revoked)


def warnings(gateway: Gateway) -> list[str]:
    """Return what an operator should be told of: certificates that end soon. Raises `IdentityError`."""
    within = timedelta(days=gateway.settings.certificate_days)
    if isinstance(gateway.ledger, EmbeddedLedger):
        return ending(certificates(gateway.home, gateway.ledger), within=within)
    return opening.ending(gateway.wallet, within=within)


def enrol(
    gateway: Gateway,
    organisation: str,
    *,
    name: str,
    roles: Sequence[Role],
    jurisdiction: str | None = None,
    prefixes: Sequence[str] = (),
    effective: datetime | None = None,
) -> None:
    """Enrol an organisation as the steward; on the embedded ledger it gets a certificate, unless it was refused."""
    gateway.contracts_for(gateway.settings.steward).enrol(
        organisation=organisation,
        name=name,
        roles=roles,
        jurisdiction=jurisdiction,
        prefixes=prefixes,
        effective=effective,
    )
    gateway.wallet.add(organisation)
