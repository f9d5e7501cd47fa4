"""The contracts as a client calls them: one method per transaction, over whichever ledger it is handed.

A method builds the arguments and submits them in the name of its organisation's signer. Only a conflict is tried
again, a bounded number of times: another transaction changed what this one read, and simulating it anew decides on the
newer state. A refusal passes through as the ledger's `Rejected` with the contract's stable code, and an unknown
outcome as `Unknown`, which only the ledger ends. Nothing is checked here that the contracts check.
"""

import functools
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson

from provenance.domain import canonical, codec
from provenance.domain.records import (
    EndKind,
    ExaminationResult,
    MeasureKind,
    PlaceKind,
    Record,
    RightKind,
    Role,
    Rules,
)
from provenance.ledger.port import Conflict, Ledger, Receipt, Signed, Signer, Transaction

P = ParamSpec("P")
R = TypeVar("R", bound=Record)

ATTEMPTS = 10
"""How often a transaction is simulated before its conflict is passed on."""


TRANSACTIONS: dict[str, str] = {}
"""The name of the method that submits each act."""


def transaction(
    name: str,
) -> Callable[[Callable[Concatenate["Contracts", P], None]], Callable[Concatenate["Contracts", P], Receipt]]:
    """Make a method out of its signature: what it is called with are the act's arguments, absent ones left out."""

    def submitting(
        declared: Callable[Concatenate["Contracts", P], None],
    ) -> Callable[Concatenate["Contracts", P], Receipt]:
        @functools.wraps(declared)
        def submit(self: "Contracts", /, *_: P.args, **stated: P.kwargs) -> Receipt:
            arguments = {field: _plain(value) for field, value in stated.items() if value is not None}
            return self.submit(name, canonical.dump(arguments))

        TRANSACTIONS[name] = declared.__name__
        return submit

    return submitting


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return canonical.parse(value)["events"]
    return codec.encode(tuple(value) if isinstance(value, list) else value)


class Contracts:
    """The transactions of one organisation, signed by its signer.

    `on_signed` is called with every signed envelope before it is submitted. Times are aware instants; things, places
    and products are links, EPC URNs or, for products, GTINs; `effective` is from when an act counts, by default its
    transaction's time. A handover's `events` is the chunk (`provenance.domain.epcis.chunk.build`) of the one event
    that it is. All raise `LedgerError`.
    """

    def __init__(self, ledger: Ledger, signer: Signer, *, on_signed: Callable[[Signed], None] | None = None) -> None:
        self._ledger = ledger
        self._signer = signer
        self._on_signed = on_signed

    @property
    def organisation(self) -> str:
        """The MSP id in whose name transactions are signed."""
        return self._signer.organisation

    def query(self, kind: type[R], identifier: str) -> R | None:
        """Return a record as the ledger has it now, or None."""
        asked = Transaction("registry:get", canonical.dump({"kind": kind.kind, "id": str(identifier)}))
        content = orjson.loads(self._ledger.evaluate(asked, self._signer))
        return None if content is None else codec.decode(kind, content)

    def append(self, chunk: bytes) -> Receipt:
        """Record a chunk of captured events (at most 500); the result names its root and count."""
        return self.submit("custody:append", chunk)

    def submit(self, name: str, arguments: bytes) -> Receipt:
        """Submit a transaction by its name, simulating it again as long as others change what it reads."""
        transaction = Transaction(name, arguments)
        for _ in range(ATTEMPTS - 1):
            try:
                return self._ledger.submit(transaction, self._signer, self._on_signed)
            except Conflict:
                continue
        return self._ledger.submit(transaction, self._signer, self._on_signed)

    def resubmit(self, envelope: bytes) -> Receipt:
        """Have a transaction committed that was signed before, however late: it counts once, however often."""
        return self._ledger.resubmit(envelope)

    @transaction("registry:found")
    def found(self, *, stewards: Sequence[str], rules: Rules | None = None) -> None:
        """Fix the stewards of a new ledger, and its first rules."""

    @transaction("registry:set_rules")
    def set_rules(self, *, rules: Rules) -> None:
        """Put other rules in force, as a steward."""

    @transaction("registry:enrol")
    def enrol(
        self,
        *,
        organisation: str,
        name: str,
        roles: Sequence[Role],
        jurisdiction: str | None = None,
        prefixes: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """Enrol an organisation or amend what is on record of it, as a steward."""

    @transaction("registry:delegate_prefix")
    def delegate_prefix(self, *, prefix: str, delegate: str, effective: datetime | None = None) -> None:
        """Let another member issue keys under an own company prefix."""

    @transaction("registry:end_delegation")
    def end_delegation(self, *, prefix: str, delegate: str, effective: datetime | None = None) -> None:
        """Take a delegation back."""

    @transaction("registry:register_place")
    def register_place(
        self,
        *,
        place: str,
        name: str,
        place_kind: PlaceKind,
        country: str,
        unlocode: str | None = None,
        latitude: Decimal | None = None,
        longitude: Decimal | None = None,
        time_zone: str | None = None,
        effective: datetime | None = None,
    ) -> None:
        """Register a place under a GLN of an own or delegated company prefix."""

    @transaction("registry:declare_right")
    def declare_right(
        self,
        *,
        right: str,
        right_kind: RightKind,
        title: str,
        office: str,
        territory: str,
        starts: date,
        expires: date | None = None,
        application_number: str | None = None,
        st13: str | None = None,
        registration_number: str | None = None,
        international_number: str | None = None,
        nice_classes: Sequence[int] = (),
        nice_edition: str | None = None,
        effective: datetime | None = None,
    ) -> None:
        """Declare an own right."""

    @transaction("registry:confirm_right")
    def confirm_right(
        self, *, right: str, registration_number: str | None = None, effective: datetime | None = None
    ) -> None:
        """Confirm a declared right, as its office."""

    @transaction("registry:renew_right")
    def renew_right(self, *, right: str, expires: date, effective: datetime | None = None) -> None:
        """Prolong a right's term, as its office."""

    @transaction("registry:end_right")
    def end_right(self, *, right: str, ended_as: EndKind, effective: datetime | None = None) -> None:
        """Invalidate or revoke a right as its office, or surrender an own one."""

    @transaction("registry:grant_licence")
    def grant_licence(
        self,
        *,
        licence: str,
        right: str,
        licensee: str,
        starts: date,
        ends: date | None = None,
        sell_off_until: date | None = None,
        gtins: Sequence[str] = (),
        make_in: Sequence[str] = (),
        sell_in: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """License a member under an own right."""

    @transaction("registry:end_licence")
    def end_licence(self, *, licence: str, effective: datetime | None = None) -> None:
        """Terminate a licence under an own right."""

    @transaction("registry:ratify")
    def ratify(
        self,
        *,
        ratification: str,
        right: str,
        maker: str,
        made_from: date,
        made_until: date,
        gtins: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """Consent to what a maker made without a licence under an own right."""

    @transaction("products:register")
    def register(
        self,
        *,
        gtin: str,
        name: str,
        rights: Sequence[str],
        nice_class: int,
        nice_edition: str,
        hs_code: str,
        hs_edition: str,
        markets: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """Register a trade item of the own brand."""

    @transaction("products:issue_serials")
    def issue_serials(
        self,
        *,
        batch: str,
        gtin: str,
        lot: str | None = None,
        first: str | None = None,
        last: str | None = None,
        hashes: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """Issue a range of serials, or random ones by their hashes."""

    @transaction("products:issue_ssccs")
    def issue_ssccs(
        self, *, sscc_range: str, prefix: str, first: str, last: str, effective: datetime | None = None
    ) -> None:
        """Issue a range of logistic unit codes, each 17 digits."""

    @transaction("products:recall")
    def recall(
        self,
        *,
        recall: str,
        gtin: str,
        reason: str,
        lot: str | None = None,
        serials: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """Recall an own product, a lot of it or single serials."""

    @transaction("products:lift_recall")
    def lift_recall(self, *, recall: str, effective: datetime | None = None) -> None:
        """Lift a recall of an own product."""

    @transaction("custody:offer")
    def offer(
        self, *, handover: str, items: Sequence[str], receiver: str, events: bytes, effective: datetime | None = None
    ) -> None:
        """Offer custody to another member."""

    @transaction("custody:accept")
    def accept(self, *, handover: str, events: bytes, effective: datetime | None = None) -> None:
        """Take custody of what was offered."""

    @transaction("custody:reject")
    def reject(self, *, handover: str, reason: str, effective: datetime | None = None) -> None:
        """Refuse custody of what was offered."""

    @transaction("custody:void")
    def void(self, *, handover: str, events: bytes, effective: datetime | None = None) -> None:
        """Take an own offer back."""

    @transaction("customs:open_consignment")
    def open_consignment(
        self,
        *,
        consignment: str,
        units: Sequence[str],
        origin: str,
        destination: str,
        containers: Sequence[str] = (),
        effective: datetime | None = None,
    ) -> None:
        """Put a consignment on record by its UCR."""

    @transaction("customs:lodge_declaration")
    def lodge_declaration(
        self, *, country: str, number: str, consignment: str, procedure: str, effective: datetime | None = None
    ) -> None:
        """Put a customs declaration of a consignment on record."""

    @transaction("customs:impose")
    def impose(
        self,
        *,
        measure: str,
        measure_kind: MeasureKind,
        reason: str,
        items: Sequence[str] = (),
        place: str | None = None,
        declaration: str | None = None,
        consignment: str | None = None,
        effective: datetime | None = None,
    ) -> None:
        """Detain, seize or destroy goods, as customs or a court of their country."""

    @transaction("customs:lift")
    def lift(self, *, measure: str, effective: datetime | None = None) -> None:
        """Lift an own measure, or as a court one of its country."""

    @transaction("enforcement:open_case")
    def open_case(
        self,
        *,
        case: str,
        right: str,
        items: Sequence[str],
        docket: str | None = None,
        court: str | None = None,
        effective: datetime | None = None,
    ) -> None:
        """Open a case under an own right."""

    @transaction("enforcement:close_case")
    def close_case(self, *, case: str, effective: datetime | None = None) -> None:
        """Close a case, as the one that opened it or as its court."""

    @transaction("enforcement:examine")
    def examine(
        self,
        *,
        examination: str,
        item: str,
        result: ExaminationResult,
        method: str,
        effective: datetime | None = None,
    ) -> None:
        """Record what an examination of an item in hand found."""
