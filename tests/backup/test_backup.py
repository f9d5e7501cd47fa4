"""A backup restored elsewhere is the same gateway: ledger, digest, keys, jobs; what is damaged restores nothing."""

import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provenance import backup, bootstrap, cli
from provenance.backup import BackupError
from provenance.bootstrap import Gateway
from provenance.capture import Runner
from provenance.domain.records import Role
from provenance.ledger.embedded.checkpoint import checkpoint
from provenance.ledger.embedded.verify import verify
from provenance.operations import Level, Operations, OperationsError, Stated
from provenance.readmodel.digest import logical_digest
from provenance.settings import Settings
from tests.databases import PostgresqlSchemas, SqliteFiles

SETTINGS = Settings()
copying = sys.modules[backup.take.__module__]


def body(number: int) -> bytes:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T09:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": [f"urn:epc:id:sgtin:9521234.000001.{number}"],
        "bizStep": "shipping",
    }
    head = {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "schemaVersion": "2.0"}
    content = {"type": "EPCISDocument", "creationDate": "2026-03-01T10:00:00Z", "epcisBody": {"eventList": [event]}}
    return json.dumps({**head, **content}).encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway with a finished job, a refused one and an open one."""
    home = tmp_path_factory.mktemp("backup") / "home"
    bootstrap.initialise(home, SETTINGS)
    gateway = bootstrap.open_gateway(home, SETTINGS)
    bootstrap.enrol(gateway, "Carrier", name="Carrier", roles=[Role.CARRIER])
    for content in (body(1), b"no document"):
        gateway.operations.jobs.accept("Carrier", content)
        assert gateway.runner().run_once()
    gateway.operations.jobs.accept("Carrier", body(2))
    bring(gateway, b"a certificate (fictitious)")
    gateway.close()
    return home


@pytest.fixture(scope="module")
def file(home: Path) -> Path:
    path = home.parent / "home.backup"
    with path.open("wb") as output:
        backup.take(home, output, beside=home.parent)
    return path


def restored(file: Path, home: Path) -> backup.Restored:
    with file.open("rb") as source:
        return backup.restore(source, home)


def opened(home: Path) -> Gateway:
    return bootstrap.open_gateway(home, SETTINGS)


def bring(gateway: Gateway, content: bytes) -> None:
    """Have the carrier upload a file."""
    sha256 = hashlib.sha256(content).hexdigest()
    stated = Stated(sha256=sha256, organisation="Carrier", media_type="application/pdf")
    gateway.operations.files.put(stated, [content], most=1000)


def digest(gateway: Gateway) -> str:
    gateway.projector().catch_up()
    return logical_digest(gateway.readmodel)


def test_a_restored_gateway_is_the_same_and_goes_on(home: Path, tmp_path: Path) -> None:
    gateway = opened(home)
    _, token = gateway.operations.keys.create("Carrier", Level.RECORD)
    kept, before = checkpoint(gateway.ledger), digest(gateway)
    jobs = gateway.operations.jobs.of("Carrier")
    gateway.close()
    with (tmp_path / "file").open("w+b") as file:
        manifest = backup.take(home, file, beside=tmp_path)
        file.seek(0)
        found = backup.restore(file, tmp_path / "elsewhere")
    assert (found.manifest, found.jobs, found.lost) == (manifest, {"finished": 2, "open": 1}, ())
    assert verify(tmp_path / "elsewhere", kept).ok
    other = opened(tmp_path / "elsewhere")
    assert digest(other) == before
    assert other.operations.authenticate(token).organisation == "Carrier"
    assert other.operations.jobs.of("Carrier") == jobs
    assert other.operations.jobs.body(jobs[0]) == body(2)
    digest_of_file = hashlib.sha256(b"a certificate (fictitious)").hexdigest()
    assert other.operations.files.find(digest_of_file, "Carrier").size == 26
    assert other.operations.files.path(digest_of_file).read_bytes() == b"a certificate (fictitious)"
    assert other.runner().run_once()
    assert other.operations.jobs.get(jobs[0].id).accepted
    other.close()


def test_only_the_owner_can_read_what_was_restored(file: Path, tmp_path: Path) -> None:
    restored(file, tmp_path / "elsewhere")
    for path in [tmp_path / "elsewhere", *(tmp_path / "elsewhere").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere"}


def test_the_manifest_lists_every_member_in_order(file: Path) -> None:
    with tarfile.open(file) as archive:
        first, *rest = archive.getmembers()
        manifest = json.load(archive.extractfile(first))
        assert first.name == "manifest.json"
        assert [entry.name for entry in rest] == [member["name"] for member in manifest["members"]]
        for entry, member in zip(rest, manifest["members"], strict=True):
            content = archive.extractfile(entry).read()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (member["size"], member["sha256"])
        assert {(entry.mode, entry.uid, entry.uname) for entry in (first, *rest)} == {(0o600, 0, "")}
    names = [member["name"] for member in manifest["members"]]
    assert [name for name in names if "readmodel" in name or name.startswith(".")] == []
    folders = [name.split("/")[0] for name in names]
    assert list(dict.fromkeys(folders)) == ["keys", "ledger.db", "operations.db", "spool", "files"]
    assert json.loads(manifest["head"])["height"] == manifest["height"]


def refused(content: bytes, home: Path) -> BackupError:
    """Check that nothing is left of a restore that fails, and return why."""
    before = sorted(home.parent.rglob("*"))
    with pytest.raises(BackupError) as refusal:
        backup.restore(io.BytesIO(content), home)
    assert sorted(home.parent.rglob("*")) == before
    return refusal.value


@pytest.mark.parametrize("kept", [0, 100, 511, 2048, 30_000, -40_000])
def test_a_file_that_was_cut_off_restores_nothing(file: Path, tmp_path: Path, kept: int) -> None:
    assert refused(file.read_bytes()[:kept], tmp_path / "elsewhere").code in ("backup.form", "backup.member")


def test_a_changed_byte_restores_nothing(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    with tarfile.open(file) as archive:
        places = [entry.offset_data + entry.size // 2 for entry in archive.getmembers() if entry.size]
    for place in places:
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert refused(changed, tmp_path / "elsewhere").code.startswith("backup.")


def repacked(file: Path, change: dict[str, bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """Return the backup with other members, and a manifest that names them as they are."""
    with tarfile.open(file) as archive:
        members = {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}
    manifest = json.loads(members.pop("manifest.json"))
    members |= change
    manifest["members"] = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
    ]
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        head = json.dumps(manifest, indent=2).encode() + b"\n"
        for name, content in {"manifest.json": head, **members, **(extra or {})}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def test_a_ledger_that_does_not_verify_restores_nothing(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "source" / "other"
    bootstrap.initialise(other, SETTINGS)
    forged = repacked(file, {"ledger.db": (other / "ledger.db").read_bytes()})
    assert refused(forged, tmp_path / "elsewhere").code == "backup.ledger"


def test_names_outside_the_folder_and_more_members_restore_nothing(file: Path, tmp_path: Path) -> None:
    assert restored_from(repacked(file, {}), tmp_path / "same")
    for name in ("../outside", "/outside", "spool/../../outside", "readmodel.db", "keys/../x.pem"):
        assert refused(repacked(file, {name: b"x"}), tmp_path / "elsewhere").code == "backup.manifest"
        assert refused(repacked(file, {}, {name: b"x"}), tmp_path / "elsewhere").code == "backup.member"


def restored_from(content: bytes, home: Path) -> bool:
    return bool(backup.restore(io.BytesIO(content), home).manifest.height)


def test_a_folder_with_anything_in_it_is_left_alone(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    restored(file, home)
    shutil.rmtree(home / "keys")
    assert refused(file.read_bytes(), home).code == "backup.occupied"


def test_trying_leaves_nothing(file: Path, tmp_path: Path) -> None:
    with file.open("rb") as source:
        assert backup.check(source, tmp_path / "elsewhere").jobs == {"finished": 2, "open": 1}
    assert list(tmp_path.iterdir()) == []


def test_a_copy_without_keys_is_backed_up_too(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "copy")
    (tmp_path / "copy" / "keys" / "ledger.key.pem").unlink()
    with (tmp_path / "file").open("w+b") as file:
        assert backup.take(tmp_path / "copy", file, beside=tmp_path).head is None
        file.seek(0)
        assert backup.restore(file, tmp_path / "elsewhere").lost == ()


def test_a_database_is_copied_as_of_one_moment_whoever_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_PAGES", 1)
    with closing(sqlite3.connect(tmp_path / "source", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (x)")
        writer.executemany("INSERT INTO t VALUES (zeroblob(3000))", [()] * 500)
        stop = threading.Event()
        writing = threading.Thread(target=write_until, args=(tmp_path / "source", stop))
        with closing(copying._moment(tmp_path / "source")) as reader:
            writing.start()
            copying._copy_database(reader, tmp_path / "copy")
            stop.set()
            writing.join()
        assert writer.execute("SELECT count(*) FROM t").fetchone()[0] > 500
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT count(*) FROM t").fetchone() == (500,)


def write_until(path: Path, stop: threading.Event) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        while True:
            writer.execute("INSERT INTO t VALUES (zeroblob(3000))")
            if stop.is_set():
                return


CAPTURES = """
import sys, pathlib
from provenance import bootstrap
from provenance.settings import Settings
from tests.databases import PostgresqlSchemas, SqliteFiles
sys.path.insert(0, {folder!r})
from test_backup import body
gateway = bootstrap.open_gateway(pathlib.Path({home!r}), Settings(operations_url={operations!r}))
for number in range(100_000):
    job = gateway.operations.jobs.accept("Carrier", body(1000 + number))
    if number % 3:
        gateway.runner().run_once()
    print(job.id, flush=True)
"""


@pytest.fixture
def operations(database: SqliteFiles | PostgresqlSchemas, tmp_path: Path) -> str | None:
    """The address of the busy gateway's operations store, None where it is a file in its folder."""
    return None if database.kind == "sqlite" else database.url(tmp_path, "operations")


@pytest.fixture
def busy(file: Path, tmp_path: Path, operations: str | None) -> Iterator[Path]:
    """A folder in which a process accepts and captures documents as fast as it can."""
    with file.open("rb") as source:
        backup.restore(source, tmp_path / "busy", operations=operations)
    code = CAPTURES.format(folder=str(Path(__file__).parent), home=str(tmp_path / "busy"), operations=operations)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    for _ in range(8):
        assert process.stdout.readline()
    threading.Thread(target=lambda: list(process.stdout), daemon=True).start()
    yield tmp_path / "busy"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_every_job_of_a_running_gateway_is_whole_in_its_backup(
    busy: Path, operations: str | None, tmp_path: Path
) -> None:
    for number in range(3 if operations is None else 1):  # a server's takes ten times as long
        with (tmp_path / f"file-{number}").open("w+b") as file:
            backup.take(busy, file, beside=tmp_path, operations=operations)
            file.seek(0)
            found = backup.restore(file, tmp_path / f"restored-{number}")
        assert found.lost == ()
        assert found.jobs["finished"] > 2
        require_whole(opened(tmp_path / f"restored-{number}"))


def require_whole(gateway: Gateway) -> None:
    """Check that finished jobs have their events on the ledger, and that open ones can be done."""
    assert verify(gateway.home).ok
    url = gateway.operations.engine.url.render_as_string()
    later = Operations(
        url, clock=lambda: datetime.now(UTC) + timedelta(minutes=5)
    )  # when leases of the dead have ended
    while Runner(later, gateway.contracts_for).run_once():
        pass
    later.close()
    gateway.projector().catch_up()
    for job in gateway.operations.jobs.of("Carrier", count=10_000):
        assert not job.running
        assert all(gateway.readmodel.event(event) for event in job.accepted)
    gateway.close()


def test_from_the_command_line(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, elsewhere = str(tmp_path / "file"), str(tmp_path / "elsewhere")
    assert cli.run(["--home", str(home), "backup", file]) == 0
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert "private keys" in capfd.readouterr().err
    assert cli.run(["--home", elsewhere, "restore", file, "--dry-run"]) == 0
    assert not Path(elsewhere).exists()
    assert cli.run(["--home", elsewhere, "restore", file]) == 0
    assert "project --rebuild" in capfd.readouterr().err
    assert cli.run(["--home", elsewhere, "restore", file]) == 1
    said = capfd.readouterr().err
    assert "is not empty" in said
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "file"]


def test_a_sealed_backup_needs_its_passphrase(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, elsewhere, right, wrong = (tmp_path / name for name in ("file", "elsewhere", "right", "wrong"))
    right.write_text("correct horse battery\n")
    wrong.write_text("wrong horse battery\n")
    assert cli.run(["--home", str(home), "backup", str(file), "--passphrase-file", str(right)]) == 0
    assert b"PRIVATE KEY" not in file.read_bytes()
    for given in ([], ["--passphrase-file", str(wrong)]):
        assert cli.run(["--home", str(elsewhere), "restore", str(file), *given]) == 1
    assert "passphrase" in capfd.readouterr().err
    assert cli.run(["--home", str(elsewhere), "restore", str(file), "--passphrase-file", str(right)]) == 0
    assert verify(elsewhere).ok
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "file", "right", "wrong"]


def test_an_operations_store_moves_between_databases(
    database: SqliteFiles | PostgresqlSchemas, home: Path, file: Path, tmp_path: Path
) -> None:
    """From a file to another database and back: keys, jobs and bodies are the same, and nothing is overwritten."""
    url = database.url(tmp_path, "served")
    elsewhere, back = tmp_path / "elsewhere", tmp_path / "back"
    with file.open("rb") as source:
        backup.check(source, elsewhere, operations=url)
        source.seek(0)
        backup.restore(source, elsewhere, operations=url)
        assert not (elsewhere / "operations.db").exists()
        source.seek(0)
        with pytest.raises(OperationsError) as refusal:
            backup.restore(source, tmp_path / "again", operations=url)
    assert refusal.value.code == "operations.occupied"
    served = bootstrap.open_gateway(elsewhere, Settings(operations_url=url))
    ana = served.operations.accounts.add("Carrier", "Ana Example", Level.READ)
    _, token = served.operations.keys.create("Carrier", Level.READ, account=ana.id)
    jobs = served.operations.jobs.of("Carrier")
    served.close()
    with (tmp_path / "file").open("w+b") as output:
        backup.take(elsewhere, output, beside=tmp_path, operations=url)
        output.seek(0)
        assert backup.restore(output, back).jobs == {"finished": 2, "open": 1}
    gateway = opened(back)
    assert gateway.operations.jobs.of("Carrier") == jobs
    assert gateway.operations.authenticate(token).account_name == "Ana Example"
    assert gateway.operations.accounts.all() == [ana]
    assert gateway.runner().run_once()
    gateway.close()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["back", "elsewhere"]
