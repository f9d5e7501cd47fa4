"""What the steps' errors mean to a caller of the port: rejected, failed or unknown. Pure, and the only place that says.

A refusal counts as the contract's only where it is final: where the peer that was asked first accepted and others did
not, those may lag behind it, and the proposal is made again for a while before it fails for that reason.
"""

from dataclasses import dataclass

import grpc
from fabric_protos.peer import transaction_pb2

from provenance.ledger.fabric.blocks import verdict
from provenance.ledger.fabric.details import MISMATCH, ContractError, contract_error
from provenance.ledger.fabric.errors import EndorseError, EvaluateError, GatewayError, SubmitError
from provenance.ledger.port import Conflict, Failed, LedgerError, Rejected, Unknown, Validity

_COLLECTING = "failed to collect enough transaction endorsements"
"""How the gateway begins once the first peer endorsed and others did not."""

_BROKEN = "chaincode."
"""How the codes begin that say that a contract, or what serves it, broke: no contract decided anything then."""


@dataclass(frozen=True, slots=True)
class Unendorsed:
    """Why a proposal was not endorsed, and whether making it again may come to something else."""

    error: LedgerError
    again: bool


def unendorsed(error: EndorseError) -> Unendorsed:
    """Return what a failed endorsement means."""
    said = _answer(error)
    divided = error.message.startswith(_COLLECTING)
    if said is not None and not divided:
        return Unendorsed(answered(said, error.transaction_id), again=False)
    if any(MISMATCH in each.message for each in error.peers):
        detail = f"peers of different organisations came to different results, so their chaincode may differ: {error}"
        return Unendorsed(Failed("ledger.mismatch", detail, error.transaction_id), again=True)
    if said is not None:
        detail = f"peers of different organisations disagree whether to accept it: {error}"
        return Unendorsed(Failed("ledger.disagreement", detail, error.transaction_id), again=True)
    return Unendorsed(_failed("endorse", error), again=False)


def unevaluated(error: EvaluateError) -> LedgerError:
    """Return what a failed query means."""
    said = _answer(error)
    return _failed("evaluate", error) if said is None else answered(said, error.transaction_id)


def unsubmitted(error: SubmitError) -> LedgerError:
    """Return what a failed submission means: only an orderer's refusal is certain."""
    if error.definite:
        return Failed("ledger.submit", f"the orderers refused the transaction: {error}", error.transaction_id)
    detail = f"whether the orderers took the transaction is not known: {error}"
    return Unknown("ledger.unknown", detail, error.transaction_id)


def uncertain(error: GatewayError) -> Unknown:
    """Return what it means that nobody said what became of a transaction."""
    detail = f"whether the transaction was committed is not known: {error}"
    return Unknown("ledger.unknown", detail, error.transaction_id)


def invalid(transaction_id: str, code: int, name: str) -> Failed:
    """Return what a validation code other than valid means."""
    if verdict(code) is Validity.CONFLICT:
        detail = "what the transaction read was changed before it committed"
        return Conflict("ledger.conflict", detail, transaction_id)
    return Failed(f"ledger.{name.lower()}", f"the peers found the transaction invalid: {name}", transaction_id)


def name_of(code: int) -> str:
    """Return the name of a validation code."""
    try:
        return str(transaction_pb2.TxValidationCode.Name(code))
    except ValueError:
        return f"CODE_{code}"


def answered(said: ContractError, transaction_id: str | None) -> LedgerError:
    """Return what a contract's answer means: it refused, or it broke."""
    kind = Failed if said.code.startswith(_BROKEN) else Rejected
    return kind(said.code, said.detail, transaction_id)


def _answer(error: GatewayError) -> ContractError | None:
    """Return the first answer of a contract among those of the peers."""
    texts = [*(each.message for each in error.peers), error.message]
    return next((found for found in map(contract_error, texts) if found is not None), None)


def _failed(step: str, error: GatewayError) -> Failed:
    code = "ledger.unavailable" if error.status in _ABSENT else f"ledger.{step}"
    return Failed(code, str(error), error.transaction_id)


_ABSENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
