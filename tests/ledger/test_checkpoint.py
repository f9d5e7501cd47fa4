"""A signed head that somebody else keeps shows what was cut off or rewritten, and from where."""

import shutil
from pathlib import Path

import orjson
import pytest
from ledger_contract import ask
from ledger_scene import Opening, begin

from provenance.domain.errors import Malformed
from provenance.ledger.embedded.checkpoint import Checkpoint, checkpoint
from provenance.ledger.embedded.verify import verify


def add(opening: Opening, count: int, value: str = "1") -> bytes:
    """Append blocks of one transaction each and return the signed head."""
    ledger, signer = opening()
    for _ in range(count):
        ledger.submit(ask("put", key="a", value=value), signer)
    head = checkpoint(ledger)
    ledger.close()
    return head


def copy(opening: Opening, folder: Path) -> Opening:
    shutil.copytree(opening.folder, folder)
    return Opening(folder)


def test_it_is_one_line_that_names_the_head(opening: Opening) -> None:
    head = add(opening, 3)
    ledger, _ = opening()
    assert head.endswith(b"}\n")
    assert head.count(b"\n") == 1
    content = orjson.loads(head)
    newest = list(ledger.blocks(0))[-1]
    assert (content["ledger"], content["height"]) == (ledger.id, 4)
    assert content["trail"][0] == {"block": 3, "hash": newest.hash.hex()}
    assert content["trail"][-1] == {"block": 0, "hash": ledger.id}
    ledger.close()


def test_a_ledger_that_grew_agrees_with_its_old_heads(opening: Opening) -> None:
    heads = [add(opening, count) for count in (0, 1, 1, 3, 9)]
    assert all(verify(opening.folder, head).ok for head in heads)


def test_history_that_was_cut_off_is_found(opening: Opening, tmp_path: Path) -> None:
    add(opening, 4)
    shorter = copy(opening, tmp_path / "before")
    head = add(opening, 5)
    assert verify(shorter.folder).ok
    (problem,) = verify(shorter.folder, head).problems
    assert problem.startswith("block 5: cut off")
    assert "up to block 9" in problem


def test_history_that_the_keys_holder_rewrote_is_found_with_its_place(opening: Opening, tmp_path: Path) -> None:
    add(opening, 4)
    rewritten = copy(opening, tmp_path / "other")
    head = add(opening, 12)
    add(rewritten, 20, "another value")
    assert verify(rewritten.folder).ok
    (problem,) = verify(rewritten.folder, head).problems
    assert problem.startswith("block 8: rewritten since the checkpoint; no block after block 0")


def test_another_ledger_is_found(opening: Opening, tmp_path: Path) -> None:
    head = add(opening, 2)
    other = begin(tmp_path / "other")
    add(other, 2)
    assert [problem.split(":")[0] for problem in verify(other.folder, head).problems] == ["block 0", "block 0"]


@pytest.mark.parametrize("field", ["height", "ledger", "time", "trail", "certificate", "signature"])
def test_a_changed_checkpoint_is_not_believed(opening: Opening, tmp_path: Path, field: str) -> None:
    content = orjson.loads(add(opening, 3))
    other = orjson.loads(add(begin(tmp_path / "other"), 2))
    content[field] = other[field]
    assert not verify(opening.folder, orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).ok


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"schema":"checkpoint/1"}', b"{" * 2000])
def test_what_is_no_checkpoint_is_said_to_be_none(opening: Opening, body: bytes) -> None:
    with pytest.raises(Malformed):
        Checkpoint.decode(body)
    (problem,) = verify(opening.folder, body).problems
    assert "not a checkpoint" in problem


def test_it_survives_an_editor_that_drops_the_last_line_end(opening: Opening) -> None:
    assert verify(opening.folder, add(opening, 1).rstrip()).ok
