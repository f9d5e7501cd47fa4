"""An archive becomes the same ledger elsewhere, or nothing at all."""

import io
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from ledger_contract import ask, execute
from ledger_scene import Opening, begin

from provenance.domain.errors import Malformed
from provenance.ledger.embedded import EmbeddedLedger, archive, export
from provenance.ledger.embedded.checkpoint import checkpoint
from provenance.ledger.embedded.load import load
from provenance.ledger.embedded.reconfigure import replace_key, revoke
from provenance.ledger.embedded.verify import verify
from provenance.ledger.identity import CertificateAuthority, InsecureWallet, certified_key
from provenance.ledger.port import Conflict, Failed, LedgerError


def fill(opening: Opening) -> None:
    """Append blocks of two organisations, a conflict, a revocation and another key of the ledger."""
    ledger, acme = opening()
    other = InsecureWallet(opening.folder / "keys").add("Other")
    ledger.submit(ask("increment", key="n"), acme)
    with pytest.raises(Conflict):
        ledger.submit(ask("increment", key="n"), acme, lambda _: ledger.submit(ask("increment", key="n"), other))
    revoke(opening.folder, opening.folder / "keys", [certified_key(other.certificate)])
    authority = CertificateAuthority.open(opening.folder / "keys")
    replace_key(opening.folder, authority.folder, authority.prepare_ledger().certificate)
    ledger.submit(ask("copy", source="n", target="m"), acme)
    ledger.close()


def exported(opening: Opening, start: int = 0) -> list[bytes]:
    ledger, _ = opening()
    lines = list(export.lines(ledger, start=start))
    ledger.close()
    return lines


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    opening = begin(tmp_path_factory.mktemp("source") / "home")
    fill(opening)
    return opening


def opened(folder: Path) -> EmbeddedLedger:
    return EmbeddedLedger.open(folder, execute)


def contents(folder: Path) -> set[str]:
    """Return what is in a folder, without the journals of whoever read last."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix not in (".db-wal", ".db-shm")}


def test_an_archive_becomes_the_same_ledger(source: Opening, tmp_path: Path) -> None:
    lines = exported(source)
    heard: list[tuple[str, int]] = []
    loaded = load(tmp_path / "copy", lines, progress=lambda *told: heard.append(told))
    assert (loaded.before, loaded.height) == (0, len(lines)) == (0, 7)
    assert heard == [(what, number) for what in ("read", "verified") for number in range(7)]
    assert verify(tmp_path / "copy").ok
    copy, original = opened(tmp_path / "copy"), opened(source.folder)
    assert copy.id == original.id == loaded.ledger
    assert list(copy.blocks(0)) == list(original.blocks(0))
    assert list(export.lines(copy)) == lines
    acme = InsecureWallet(source.folder / "keys").signer("Acme")
    assert copy.evaluate(ask("get", key="m"), acme) == b"2"
    with pytest.raises(Failed) as refusal:
        copy.submit(ask("put", key="a", value="1"), acme)
    assert refusal.value.code == "ledger.read_only"
    copy.close()
    original.close()
    assert contents(tmp_path / "copy") == {"ledger.db", "keys", "keys/ca.pem", "keys/ledger.pem"}
    assert (tmp_path / "copy" / "ledger.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("at", range(1, 7))
def test_archives_in_parts_continue_a_ledger(source: Opening, tmp_path: Path, at: int) -> None:
    load(tmp_path / "copy", exported(source)[:at])
    loaded = load(tmp_path / "copy", exported(source, start=at - 1))
    assert (loaded.before, loaded.height) == (at, 7)
    assert verify(tmp_path / "copy").ok
    again = load(tmp_path / "copy", exported(source))
    assert (again.before, again.height) == (7, 7)


def test_the_keys_make_an_imported_ledger_go_on(source: Opening, tmp_path: Path) -> None:
    shutil.copytree(source.folder / "keys", tmp_path / "copy" / "keys")
    load(tmp_path / "copy", exported(source))
    ledger, acme = Opening(tmp_path / "copy")()
    assert ledger.submit(ask("increment", key="n"), acme).result == b"3"
    ledger.close()
    assert verify(tmp_path / "copy").ok


def test_other_certificates_in_the_folder_are_not_overruled(source: Opening, tmp_path: Path) -> None:
    CertificateAuthority.create(tmp_path / "copy" / "keys")
    refused(tmp_path / "copy", exported(source), "archive.other_ledger")


def refused(folder: Path, lines: list[bytes], code: str, kept: bytes | None = None) -> str:
    """Check that nothing of an archive is taken, and return why."""
    before = contents(folder)
    height = _height(folder)
    with pytest.raises((LedgerError, Malformed)) as refusal:
        load(folder, lines, checkpoint=kept)
    assert refusal.value.code == code
    assert contents(folder) == before
    assert _height(folder) == height
    return str(refusal.value)


def _height(folder: Path) -> int:
    if not (folder / "ledger.db").exists():
        return 0
    report = verify(folder)
    assert report.ok
    return report.height


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (lambda lines: [], "archive.empty"),
        (lambda lines: lines[1:], "archive.gap"),
        (lambda lines: [*lines[:2], *lines[3:]], "archive.gap"),
        (lambda lines: [*lines[:2], lines[1][:-9]], "archive.form"),
        (lambda lines: [*lines[:2], b"{}\n"], "archive.form"),
        (lambda lines: [lines[0], lines[1].replace(b'"number":1', b'"number": 1')], "archive.form"),
        (lambda lines: [lines[0], lines[1].replace(b'"schema":', b'"more":1,"schema":')], "archive.form"),
    ],
)
def test_what_is_no_archive_is_refused(
    source: Opening, tmp_path: Path, chosen: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    refused(tmp_path / "copy", chosen(exported(source)), code)


def test_an_archive_of_another_ledger_never_overwrites(source: Opening, tmp_path: Path) -> None:
    other = begin(tmp_path / "other")
    fill(other)
    refused(other.folder, exported(source), "archive.other_ledger")
    refused(other.folder, exported(source, start=7 - 1), "archive.fork")


def test_another_history_of_the_same_ledger_never_overwrites(opening: Opening, tmp_path: Path) -> None:
    shutil.copytree(opening.folder, tmp_path / "fork")
    fork = Opening(tmp_path / "fork")
    for each, value in ((opening, "1"), (fork, "2")):
        ledger, acme = each()
        ledger.submit(ask("put", key="a", value=value), acme)
        ledger.submit(ask("put", key="b", value=value), acme)
        ledger.close()
    assert "block 1" in refused(opening.folder, exported(fork), "archive.fork")
    ledger, acme = fork()
    ledger.submit(ask("put", key="c", value="3"), acme)
    ledger.close()
    assert "previous hash" in refused(opening.folder, exported(fork, start=3), "archive.unverified")


def test_a_checkpoint_is_held_against_the_archive(source: Opening, tmp_path: Path) -> None:
    ledger = opened(source.folder)
    kept = checkpoint(ledger)
    ledger.close()
    assert "cut off" in refused(tmp_path / "copy", exported(source)[:-1], "archive.unverified", kept)
    load(tmp_path / "copy", exported(source), checkpoint=kept)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the places of all strings of an exported block."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(inner, str):
            yield (*path, key)
        else:
            yield from leaves(inner, (*path, key))


def test_a_change_of_anything_in_an_archive_is_refused(source: Opening, tmp_path: Path) -> None:
    lines = exported(source)
    count = 0
    for number, line in enumerate(lines):
        for place in leaves(orjson.loads(line)):
            changed = orjson.loads(line)
            holder = changed
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = changed_text(place[-1], holder[place[-1]])
            forged = orjson.dumps(changed, option=orjson.OPT_SORT_KEYS) + b"\n"
            with pytest.raises((LedgerError, Malformed)):
                load(tmp_path / "copy", [*lines[:number], forged, *lines[number + 1 :]])
            assert not (tmp_path / "copy" / "ledger.db").exists(), (number, place)
            count += 1
    assert count > 60


def changed_text(name: str, text: str) -> str:
    if name in ("id", "organisation", "schema", "validity"):
        return {"valid": "mvcc_read_conflict", "mvcc_read_conflict": "valid"}.get(
            text, text[:-1] + chr(ord(text[-1]) ^ 1)
        )
    octets = b64decode(text)
    return b64encode(octets[:-1] + bytes([octets[-1] ^ 1]) if octets else b"x").decode()


def test_a_line_without_end_is_not_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_LONGEST", 16)
    assert [len(line) for line in archive.lines(io.BytesIO(b"x" * 40))] == [16, 16, 8]
