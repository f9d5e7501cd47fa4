"""The product's own contracts run on the embedded ledger."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from ledger_scene import Opening, begin

import chaincode
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.embedded.verify import verify
from provenance.ledger.identity import FileSigner, InsecureWallet
from provenance.ledger.port import Rejected, Transaction


@pytest.fixture
def home(tmp_path: Path) -> Opening:
    return begin(tmp_path / "home")


@pytest.fixture
def running(home: Opening) -> Iterator[EmbeddedLedger]:
    ledger = EmbeddedLedger.open(home.folder, chaincode.execute)
    yield ledger
    ledger.close()


@pytest.fixture
def steward(home: Opening) -> FileSigner:
    return InsecureWallet(home.folder / "keys").signer("Acme")


def test_a_ledger_is_founded_once(home: Opening, running: EmbeddedLedger, steward: FileSigner) -> None:
    founding = Transaction("registry:found", orjson.dumps({"stewards": ["Acme"]}))
    receipt = running.submit(founding, steward)
    query = Transaction("registry:get", orjson.dumps({"kind": "deployment", "id": "deployment"}))
    assert b'"Acme"' in running.evaluate(query, steward)
    with pytest.raises(Rejected):
        running.submit(founding, steward)
    (block,) = running.blocks(1)
    assert [entry.id for entry in block.transactions] == [receipt.transaction_id]
    assert verify(home.folder).ok


def test_what_is_no_transaction_is_rejected_with_a_code(running: EmbeddedLedger, steward: FileSigner) -> None:
    for name, arguments in (("registry:nothing", b"{}"), ("registry:found", b"{"), ("custody:append", b"[]")):
        with pytest.raises(Rejected) as refusal:
            running.submit(Transaction(name, arguments), steward)
        assert "." in refusal.value.code
    assert running.height() == 1
