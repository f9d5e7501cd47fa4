"""Running one transaction's contract to an outcome: nothing that a contract does reaches another transaction.

Refusals and technical failures become responses with their codes. An exception that nobody foresaw becomes
`chaincode.failed`, and a log line with its type and place; its message may quote what was sent and is told to nobody.
The clock refuses proposals and enters no result.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fabric_protos.peer import chaincode_shim_pb2 as shim

from chaincode.shim import outcome
from chaincode.shim.errors import Abandoned, ShimError
from chaincode.shim.logs import FIELDS
from chaincode.shim.proposal import Invocation, invocation
from chaincode.shim.protocol import Completion
from chaincode.shim.stub import Peer, TransactionStub
from provenance.domain.errors import DomainError, Refused
from provenance.domain.instant import format_instant

Handler = Callable[[TransactionStub], bytes]
"""A chaincode: runs the transaction and returns its result; raises `DomainError` where it refuses."""

_log = logging.getLogger("chaincode.shim")


class Outcome(StrEnum):
    """How a transaction ended, for metrics and log lines."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Clock:
    """The host's clock, and how far a proposal's time may be off it."""

    now: Callable[[], datetime]
    tolerance: timedelta


@dataclass(frozen=True, slots=True)
class Chaincode:
    """What is served: the chaincode's name on its channels, its handler, and the clock that proposals are held to.

    `transactions` are the first arguments that metrics tell apart; every other one is `other` there, since a client
    chooses what it sends.
    """

    name: str
    handler: Handler
    clock: Clock
    transactions: frozenset[bytes] = frozenset()

    def label(self, arguments: tuple[bytes, ...]) -> str:
        """Return what metrics and log lines call a transaction."""
        named = arguments[0] if arguments else b""
        return named.decode() if named in self.transactions else "other"


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of running a contract."""

    name: str
    outcome: Outcome
    completion: Completion
    code: str = ""


def run(chaincode: Chaincode, message: shim.ChaincodeMessage, peer: Peer) -> Ran:
    """Run the transaction that a message asks for; raises `Abandoned` where nobody waits for its outcome any longer."""
    name = "other"
    try:
        called = _called(message)
        name = chaincode.label(called.arguments)
        return Ran(name, Outcome.DONE, _run(chaincode, called, peer))
    except Abandoned:
        raise
    except DomainError as error:
        return Ran(name, Outcome.REFUSED, Completion(outcome.failure(error)), error.code)
    except ShimError as error:
        return Ran(name, Outcome.FAILED, Completion(outcome.failure(error)), error.code)
    except Exception as error:  # noqa: BLE001 - the boundary: one transaction must not hurt another
        _log.error("a contract broke", extra={FIELDS: {"transaction": message.txid, "error": _place(error)}})
        broke = ShimError("chaincode.failed", f"the contract broke: {type(error).__name__}")
        return Ran(name, Outcome.FAILED, Completion(outcome.failure(broke)), broke.code)


def _called(message: shim.ChaincodeMessage) -> Invocation:
    if message.type == shim.ChaincodeMessage.INIT:
        raise Refused("contract.init", "there is nothing to initialise")
    return invocation(message)


def _run(chaincode: Chaincode, called: Invocation, peer: Peer) -> Completion:
    _require_current(called, chaincode.clock)
    stub = TransactionStub(called, peer, chaincode=chaincode.name)
    result = chaincode.handler(stub)
    return Completion(outcome.success(result), stub.writes, stub.event)


def _require_current(called: Invocation, clock: Clock) -> None:
    off = abs(clock.now() - called.time)
    if off > clock.tolerance:
        raise Refused(
            "ledger.clock", f"the proposal's time {format_instant(called.time)} is {off} off the peer's clock"
        )


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
