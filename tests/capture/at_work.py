"""Documents to capture, whose they are, and what came onto the ledger of them."""

from provenance.contracts import Contracts
from provenance.domain import canonical
from provenance.domain.epcis import chunk
from provenance.ledger.identity import InsecureWallet
from provenance.ledger.port import Validity
from provenance.readmodel import EventQuery, ReadModel
from provenance.readmodel.project import Projector
from tests.readmodel.scene import ENVELOPE, observed


def document(*events, **envelope):
    return canonical.dump({**ENVELOPE, **envelope, "epcisBody": {"eventList": list(events)}})


BROKEN = {**observed("shipping"), "bizStep": "teleporting"}
TIMELESS = {name: value for name, value in observed("shipping").items() if name != "eventTime"}


def contracts_for(scene, ledger=None):
    wallet = InsecureWallet(scene.folder / "keys")
    return lambda organisation, on_signed: Contracts(
        ledger or scene.ledger, wallet.signer(organisation), on_signed=on_signed
    )


def on_record(scene):
    """The ids of everything on record."""
    model = ReadModel(f"sqlite:///{scene.folder / 'readmodel.db'}")
    Projector(model, scene.ledger).catch_up()
    page = model.events(EventQuery(per_page=1000))
    model.close()
    return [event.fact.id for event in page.events]


def in_transactions(scene):
    """The ids of all events in all transactions that count, as often as they are there."""
    appended = (
        transaction
        for block in scene.ledger.blocks(0)
        for transaction in block.transactions
        if transaction.name == "custody:append" and transaction.validity is Validity.VALID
    )
    return [entry.id for transaction in appended for entry in chunk.entries(transaction.arguments)]
