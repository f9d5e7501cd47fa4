"""Any sequence of transactions leaves the state that a dict would have, and a ledger that verifies."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from ledger_contract import ask
from ledger_scene import begin

from provenance.ledger.embedded.checkpoint import checkpoint
from provenance.ledger.embedded.verify import verify
from provenance.ledger.port import Conflict, Rejected, Signed, Transaction, Validity

keys = st.sampled_from(["a", "b", "c", "é", "\0", "z" * 300])
values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


class LedgerMachine(RuleBasedStateMachine):
    """The ledger beside a dict of values and versions; signed transactions may be submitted late."""

    late = Bundle("late")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.opening = begin(Path(self.folder.name) / "home")
        self.ledger, self.signer = self.opening()
        self.model: dict[str, bytes] = {}
        self.changes: dict[str, int] = {}
        self.valid: list[str] = []
        self.heads: list[bytes] = []

    @rule(key=keys, value=values)
    def put(self, key: str, value: str) -> None:
        self.valid.append(self.ledger.submit(ask("put", key=key, value=value), self.signer).transaction_id)
        self.set(key, value.encode())

    @rule(source=keys, to=keys)
    def copy(self, source: str, to: str) -> None:
        receipt = self.ledger.submit(ask("copy", source=source, target=to), self.signer)
        self.valid.append(receipt.transaction_id)
        assert receipt.result == self.model.get(source, b"")
        if source in self.model:
            self.set(to, self.model[source])

    @rule(key=keys)
    def refuse(self, key: str) -> None:
        height = self.ledger.height()
        with pytest.raises(Rejected):
            self.ledger.submit(ask("refuse", key=key), self.signer)
        assert self.ledger.height() == height

    @rule(target=late, source=keys, to=keys)
    def sign(self, source: str, to: str) -> tuple[Signed, str, int, str, bytes | None]:
        signed = self.keep(ask("copy", source=source, target=to))
        return signed, source, self.changes.get(source, 0), to, self.model.get(source)

    @rule(kept=late)
    def submit_late(self, kept: tuple[Signed, str, int, str, bytes | None]) -> None:
        signed, source, version, target, value = kept
        known = dict(self.recorded()).get(signed.id)
        try:
            receipt = self.ledger.resubmit(signed.envelope)
        except Conflict:
            assert known is Validity.CONFLICT or (known is None and version != self.changes.get(source, 0))
            return
        assert known is Validity.VALID or (known is None and version == self.changes.get(source, 0))
        assert (receipt.transaction_id, receipt.result) == (signed.id, value or b"")
        if known is None:
            self.valid.append(signed.id)
            if value is not None:
                self.set(target, value)

    @rule()
    def reopen(self) -> None:
        self.heads.append(checkpoint(self.ledger))
        self.ledger.close()
        self.ledger, _ = self.opening()

    @invariant()
    def state_is_the_dict(self) -> None:
        for key in ("a", "b", "c", "é", "\0"):
            assert self.ledger.evaluate(ask("get", key=key), self.signer) == self.model.get(key, b"")

    def teardown(self) -> None:
        assert [id_ for id_, validity in self.recorded() if validity is Validity.VALID] == self.valid
        self.ledger.close()
        for head in (None, *self.heads):
            assert verify(self.opening.folder, head).problems == ()
        self.folder.cleanup()

    def set(self, key: str, value: bytes) -> None:
        self.model[key] = value
        self.changes[key] = self.changes.get(key, 0) + 1

    def keep(self, transaction: Transaction) -> Signed:
        kept: list[Signed] = []

        def stop(signed: Signed) -> None:
            kept.append(signed)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            self.ledger.submit(transaction, self.signer, stop)
        return kept[0]

    def recorded(self) -> list[tuple[str, Validity]]:
        return [(entry.id, entry.validity) for block in self.ledger.blocks(1) for entry in block.transactions]


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
