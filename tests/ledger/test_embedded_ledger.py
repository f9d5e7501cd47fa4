"""What only the embedded ledger promises: its clock, its members, its file, and honest answers when the disk fails."""

import multiprocessing
import resource
import shutil
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import ledger_contract
import pytest
from ledger_contract import ask
from ledger_scene import Opening, begin

from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.embedded.verify import verify
from provenance.ledger.identity import CertificateAuthority, FileSigner, InsecureWallet
from provenance.ledger.port import Failed, LedgerError, Rejected, Signed, Unknown

NOW = datetime.now(UTC) + timedelta(hours=12)  # the certificates made meanwhile are valid then


@pytest.mark.parametrize("minutes", [6, -6])
def test_a_proposal_that_is_off_the_hosts_clock_is_refused(opening: Opening, signer: FileSigner, minutes: int) -> None:
    readings = iter([NOW, NOW + timedelta(minutes=minutes)])
    ledger = EmbeddedLedger.open(opening.folder, ledger_contract.execute, now=lambda: next(readings))
    with pytest.raises(Rejected) as refusal:
        ledger.submit(ask("put", key="a", value="1"), signer)
    assert (refusal.value.code, ledger.height()) == ("ledger.clock", 1)
    ledger.close()


def test_the_tolerance_is_a_setting(opening: Opening, signer: FileSigner) -> None:
    readings = iter([NOW, NOW + timedelta(minutes=6)])
    ledger = EmbeddedLedger.open(
        opening.folder, ledger_contract.execute, now=lambda: next(readings), tolerance=timedelta(minutes=7)
    )
    ledger.submit(ask("put", key="a", value="1"), signer)
    (block,) = ledger.blocks(1)
    assert block.transactions[0].time == NOW
    ledger.close()


def test_a_signer_of_another_authority_is_not_a_member(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    stranger = CertificateAuthority.create(tmp_path / "other").issue("Acme")
    with pytest.raises(Failed) as refusal:
        ledger.submit(ask("put", key="a", value="1"), stranger)
    assert refusal.value.code == "membership.issuer"
    with pytest.raises(Failed) as refusal:
        ledger.evaluate(ask("get", key="a"), stranger)
    assert refusal.value.code == "membership.issuer"


class Pretender:
    """Signs with its own key under another's name or certificate."""

    def __init__(self, signer: FileSigner, *, organisation: str, certificate: bytes) -> None:
        self.organisation = organisation
        self.certificate = certificate
        self.sign = signer.sign


@pytest.mark.parametrize(
    ("organisation", "whose", "code"),
    [
        ("Other", "Other", "membership.signature"),
        ("Other", "Acme", "membership.organisation"),
        ("Provenance embedded ledger", "ledger", "membership.role"),
        ("Acme", "nonsense", "membership.certificate"),
    ],
)
def test_nobody_signs_as_somebody_else(opening: Opening, organisation: str, whose: str, code: str) -> None:
    ledger, signer = opening()
    other = InsecureWallet(opening.folder / "keys").add("Other")
    certificates = {
        "Acme": signer.certificate,
        "Other": other.certificate,
        "ledger": ledger.signer.certificate,
        "nonsense": b"x",
    }
    pretender = Pretender(signer, organisation=organisation, certificate=certificates[whose])
    with pytest.raises(Failed) as refusal:
        ledger.submit(ask("put", key="a", value="1"), pretender)
    assert (refusal.value.code, ledger.height()) == (code, 1)
    ledger.close()


def test_a_certificate_counts_in_its_term_only(opening: Opening, signer: FileSigner) -> None:
    ledger = EmbeddedLedger.open(opening.folder, ledger_contract.execute, now=lambda: NOW + timedelta(days=3650))
    with pytest.raises(Failed) as refusal:
        ledger.submit(ask("put", key="a", value="1"), signer)
    assert refusal.value.code == "membership.term"
    ledger.close()


@pytest.mark.parametrize("name", ["", "put", "test:", "test put", "Test:put", "test:put\n", "a:b:c"])
def test_a_name_that_is_none_is_refused(ledger: EmbeddedLedger, signer: FileSigner, name: str) -> None:
    asked = type(ask("put"))(name, b"{}")
    with pytest.raises(Failed) as refusal:
        ledger.submit(asked, signer)
    assert refusal.value.code == "ledger.name"


def test_arguments_have_a_bound(ledger: EmbeddedLedger, signer: FileSigner) -> None:
    with pytest.raises(Failed) as refusal:
        ledger.submit(ask("store", body="x" * 8_400_000), signer)
    assert refusal.value.code == "ledger.too_large"


@pytest.mark.parametrize("key", ["\0", "a\0b", "\U0010ffff", "ÿ", "\u2028", "x" * 5000])
def test_any_key_with_a_utf8_form_can_be_used(
    ledger: EmbeddedLedger, opening: Opening, signer: FileSigner, key: str
) -> None:
    ledger.submit(ask("increment", key=key), signer)
    assert ledger.submit(ask("increment", key=key), signer).result == b"2"
    assert verify(opening.folder).ok


def test_a_key_without_a_utf8_form_fails(ledger: EmbeddedLedger, signer: FileSigner) -> None:
    with pytest.raises(Failed) as refusal:
        ledger.submit(ask("put", key="\ud800", value="1"), signer)
    assert refusal.value.code == "ledger.key"


def test_an_envelope_of_another_ledger_is_not_taken(ledger: EmbeddedLedger, opening: Opening, tmp_path: Path) -> None:
    other, acme = begin(tmp_path / "other")()
    kept: list[Signed] = []
    other.submit(ask("put", key="a", value="1"), acme, kept.append)
    other.close()
    with pytest.raises(Failed) as refusal:
        ledger.resubmit(kept[0].envelope)
    assert refusal.value.code == "ledger.envelope"


def test_a_ledger_begins_once(opening: Opening) -> None:
    with pytest.raises(Failed) as refusal:
        EmbeddedLedger.create(opening.folder, CertificateAuthority.open(opening.folder / "keys"))
    assert refusal.value.code == "ledger.exists"


def test_creating_tells_the_id(tmp_path: Path) -> None:
    created = EmbeddedLedger.create(tmp_path, CertificateAuthority.create(tmp_path / "keys"))
    ledger = EmbeddedLedger.open(tmp_path, ledger_contract.execute)
    assert (ledger.id, ledger.height()) == (created, 1)
    ledger.close()


def test_opening_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as refusal:
        EmbeddedLedger.open(tmp_path, ledger_contract.execute)
    assert refusal.value.code in ("ledger.missing", "identity.missing")


@pytest.mark.parametrize("content", [b"", b"no database" * 400])
def test_opening_what_is_no_ledger_says_so(opening: Opening, content: bytes) -> None:
    (opening.folder / "ledger.db").write_bytes(content)
    with pytest.raises(Failed) as refusal:
        opening()
    assert refusal.value.code == "ledger.unreadable"


def test_another_ledgers_key_is_refused(opening: Opening, tmp_path: Path) -> None:
    other = begin(tmp_path / "other")
    for name in ("ledger.pem", "ledger.key.pem"):
        shutil.copy(other.folder / "keys" / name, opening.folder / "keys" / name)
    with pytest.raises(Failed) as refusal:
        opening()
    assert refusal.value.code == "ledger.keys"


def test_a_ledger_without_its_key_can_only_be_read(opening: Opening) -> None:
    ledger, acme = opening()
    ledger.submit(ask("put", key="a", value="1"), acme)
    ledger.close()
    (opening.folder / "keys" / "ledger.key.pem").unlink()
    copy, acme = opening()
    assert copy.evaluate(ask("get", key="a"), acme) == b"1"
    with pytest.raises(Failed) as refusal:
        copy.submit(ask("put", key="a", value="2"), acme)
    assert (refusal.value.code, copy.height()) == ("ledger.read_only", 2)
    copy.close()


def test_closing_leaves_one_file(opening: Opening) -> None:
    ledger, acme = opening()
    ledger.submit(ask("put", key="a", value="1"), acme)
    ledger.close()
    assert sorted(path.name for path in opening.folder.iterdir()) == ["keys", "ledger.db"]


def test_a_closed_ledger_says_so(opening: Opening, signer: FileSigner) -> None:
    ledger, _ = opening()
    ledger.close()
    for call in (ledger.height, lambda: ledger.submit(ask("put", key="a", value="1"), signer)):
        with pytest.raises(Failed) as refusal:
            call()
        assert refusal.value.code == "ledger.closed"


def test_the_file_is_durable_at_every_commit(ledger: EmbeddedLedger) -> None:
    connection = ledger._store.writer()
    pragmas = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


@pytest.fixture
def writing(opening: Opening) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(opening.folder / "ledger.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def test_a_writer_that_does_not_end_is_a_definite_failure(
    opening: Opening, signer: FileSigner, writing: sqlite3.Connection
) -> None:
    ledger = EmbeddedLedger.open(opening.folder, ledger_contract.execute, patience=0.05)
    with pytest.raises(Failed) as refusal:
        ledger.submit(ask("put", key="a", value="1"), signer)
    assert (refusal.value.code, ledger.height()) == ("ledger.busy", 1)
    assert ledger.find(str(refusal.value.transaction_id)) is None
    writing.execute("ROLLBACK")
    ledger.submit(ask("put", key="a", value="1"), signer)
    ledger.close()


def test_reading_never_waits_for_a_writer(opening: Opening, writing: sqlite3.Connection) -> None:
    ledger, acme = opening()
    assert (ledger.evaluate(ask("get", key="a"), acme), ledger.height(), len(list(ledger.blocks(0)))) == (b"", 1, 1)
    ledger.close()


def fill_the_disk(opening: Opening, told: Connection) -> None:
    """Let the file system refuse to grow files in this process, and submit something."""
    ledger, acme = opening()
    ledger.submit(ask("put", key="a", value="1"), acme)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = (opening.folder / "ledger.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 5000, resource.RLIM_INFINITY))
    kept: list[Signed] = []
    try:
        ledger.submit(ask("store", body="x" * 100_000), acme, kept.append)
    except Unknown as error:
        told.send((error.code, kept[0].envelope))


def test_a_commit_that_the_disk_does_not_confirm_is_unknown_until_it_is_found_or_submitted_again(
    opening: Opening, ledger: EmbeddedLedger
) -> None:
    context = multiprocessing.get_context("spawn")
    listening, telling = context.Pipe(duplex=False)
    process = context.Process(target=fill_the_disk, args=(opening, telling))
    process.start()
    telling.close()
    assert listening.poll(60)
    code, envelope = listening.recv()
    process.join(60)
    assert code == "ledger.unknown"
    assert ledger.height() == 2
    receipt = ledger.resubmit(envelope)
    assert ledger.find(receipt.transaction_id) == receipt
    assert verify(opening.folder).ok


def test_what_threads_commit_at_once_shares_blocks(ledger: EmbeddedLedger, signer: FileSigner) -> None:
    start = threading.Barrier(16)

    def work(name: int) -> None:
        start.wait()
        for count in range(5):
            ledger.submit(ask("put", key=f"{name}-{count}", value="1"), signer)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sizes = [len(block.transactions) for block in ledger.blocks(1)]
    assert sum(sizes) == 80
    assert len(sizes) < 60
