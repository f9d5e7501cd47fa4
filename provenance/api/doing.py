"""Doing an act for the caller: its arguments out of a body, its submission, and what became of it.

An act is submitted in the name of the key's organisation and nobody else's. Every signed envelope is in the outbox
before the ledger gets it, and leaves it when its fate is known. Only the form is checked here, so that a mistake is
answered with its place; who may do what, the contracts decide.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import orjson
from marshmallow import Schema, fields

from provenance.api.derived import fields_of, schema
from provenance.api.gateway import Gateway
from provenance.contracts import Contracts
from provenance.domain import canonical, codec
from provenance.domain.acts import ACTS
from provenance.domain.errors import Malformed
from provenance.domain.records import RECORDS, Record
from provenance.http.problems import Problem
from provenance.http.refusals import status_of
from provenance.ledger.port import Receipt, Rejected
from provenance.operations import Level
from provenance.posting import Posting


@dataclass(frozen=True, slots=True)
class Task:
    """An act that is being done: over which gateway, with the contracts of its organisation."""

    gateway: Gateway
    contracts: Contracts


@dataclass(frozen=True, slots=True)
class Completed:
    """The arguments of an act as the contract takes them, and what nobody but the caller is told."""

    arguments: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """An act that is on the ledger: its receipt, the record that it is about, and what the caller is told beside it."""

    receipt: Receipt
    record: Record
    told: Mapping[str, Any]


Completion = Callable[[Task, Mapping[str, Any]], Completed]


def as_stated(_: Task, stated: Mapping[str, Any]) -> Completed:
    """Take the arguments as they were stated."""
    return Completed(stated)


@dataclass(frozen=True, slots=True)
class Door:
    """An act as the API offers it, to keys of a level.

    A body may have the fields `adds` beside the act's own, less `omits`; `complete` makes the arguments out of them.
    The answer has the fields `tells` beside the record.
    """

    act: str
    _: KW_ONLY
    level: Level = Level.DECIDE
    adds: Mapping[str, fields.Field[Any]] = field(default_factory=dict)
    omits: frozenset[str] = frozenset()
    tells: Mapping[str, fields.Field[Any]] = field(default_factory=dict)
    complete: Completion = as_stated

    def schema(self, named: frozenset[str] = frozenset()) -> type[Schema]:
        """Return the schema of its body; `named` are the arguments that the path gives."""
        arguments = ACTS[self.act].arguments
        contract, _, verb = self.act.partition(":")
        name = contract.capitalize() + "".join(word.capitalize() for word in verb.split("_"))
        return schema(name, arguments.__doc__ or "", {**fields_of(arguments, self.omits | named), **self.adds})


def do(gateway: Gateway, organisation: str, door: Door, *, named: Mapping[str, str], stated: Mapping[str, Any]) -> Done:
    """Do an act with the arguments that the path named and the body stated.

    Raises `Problem` where the contract refuses it, `Malformed`, `LedgerError`.
    """
    with Posting(gateway.operations.outbox, organisation) as post:
        contracts = gateway.contracts_for(organisation, post)
        completed = door.complete(Task(gateway, contracts), {**stated, **named})
        receipt = contracts.submit(door.act, _arguments(door.act, completed.arguments, named))
    result = orjson.loads(receipt.result)
    record = contracts.query(RECORDS[result["kind"]], result["id"])
    if record is None:
        raise Problem(503, "ledger.lagging", "the act is on the ledger, its record cannot be read yet")
    return Done(receipt, record, completed.told)


def refused(error: Rejected, *, named: Collection[str] = ()) -> Problem:
    """Return the problem that a contract's refusal is; `named` are the kinds of things that the path names."""
    members = {"transaction": error.transaction_id} if error.transaction_id else {}
    return Problem(status_of(error.code, named=named), error.code, error.detail, members=members)


def _arguments(act: str, content: Mapping[str, Any], named: Mapping[str, str]) -> bytes:
    try:
        return canonical.dump(codec.encode(codec.decode(ACTS[act].arguments, content)))
    except Malformed as error:
        if error.pointer.lstrip("/") in named:
            kind = error.pointer.lstrip("/")
            raise Problem(404, f"{kind}.unknown", f"nothing has such an id: {error.detail}") from None
        raise
