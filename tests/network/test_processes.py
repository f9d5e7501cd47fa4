"""Starting, finding again and stopping processes, with ports looked at first and nobody else's process touched."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from network import operate, ports, processes, waiting
from network.errors import NetworkError, NotReady, PortTaken
from network.processes import Program
from tests.fabric_network import free_ports

SLEEPS = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)",
)


@pytest.fixture
def folder(tmp_path: Path):
    yield tmp_path
    processes.stop(tmp_path, processes.names(tmp_path), within=0.1)


def program(name: str, command: tuple[str, ...] = SLEEPS, *listens: int) -> Program:
    return Program(name, command, {"PYTHONUNBUFFERED": "1"}, "127.0.0.1", listens)


def wait_for_line(folder: Path, name: str) -> None:
    waiting.until(
        lambda: None if "here" in processes.tail(folder, name) else "no line yet",
        "it has begun",
        within=30,
        folder=folder,
        needs=(name,),
    )


def test_a_process_is_started_once_found_again_and_stopped(folder: Path):
    assert processes.start(folder, [program("one")]) == ["one"]
    first = processes.running(folder, "one")
    assert first is not None
    assert processes.start(folder, [program("one")]) == []
    assert processes.running(folder, "one") == first
    wait_for_line(folder, "one")
    assert processes.stop(folder, ["one"], within=20) == ["one"]
    assert processes.running(folder, "one") is None
    assert processes.names(folder) == []


def test_it_leads_a_session_of_its_own(folder: Path):
    processes.start(folder, [program("one")])
    process = processes.running(folder, "one")
    assert process is not None
    assert os.getsid(process.pid) == process.pid != os.getsid(0)


def test_what_does_not_stop_is_killed(folder: Path):
    processes.start(folder, [program("one", STUBBORN)])
    wait_for_line(folder, "one")
    assert processes.stop(folder, ["one"], within=0.2) == ["one"]
    assert processes.running(folder, "one") is None


def test_a_process_that_took_over_an_id_is_left_alone(folder: Path):
    with subprocess.Popen(SLEEPS, stdout=subprocess.DEVNULL) as other:
        (folder / "one.json").write_text(json.dumps({"pid": other.pid, "started": "another boot 1"}))
        assert processes.running(folder, "one") is None
        assert processes.stop(folder, ["one"], within=0.1) == []
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": "x", "started": 1}'])
def test_a_broken_note_is_nobody(folder: Path, content: str):
    (folder / "one.json").write_text(content)
    assert processes.running(folder, "one") is None


def test_a_taken_port_is_named_with_its_holder_and_nothing_is_started(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            processes.start(folder, [program("one"), program("two", SLEEPS, port)])
        assert f"port {port} (for two)" in caught.value.detail
        if Path("/proc/net/tcp").exists():
            assert f"process {os.getpid()}" in caught.value.detail
        assert not ports.free("127.0.0.1", port)
    assert processes.names(folder) == []


def test_a_network_whose_ports_are_taken_leaves_its_folder_to_another_base(tmp_path: Path):
    home = operate.home_of(tmp_path / "network")
    base = free_ports()
    with socket.create_server(("127.0.0.1", base + 110)), pytest.raises(PortTaken):
        operate.up(home, None, base, lambda _: None)
    assert [entry.name for entry in home.folder.iterdir()] == ["lock"]


def test_a_command_that_is_not_there_says_so(folder: Path):
    with pytest.raises(NetworkError, match="one cannot be started"):
        processes.start(folder, [program("one", ("/no/such/program",))])


def test_waiting_tells_the_reason_and_the_end_of_the_log(folder: Path):
    processes.start(folder, [program("one")])
    wait_for_line(folder, "one")
    with pytest.raises(NotReady) as caught:
        waiting.until(lambda: "the moon is not full", "one is ready", within=0.1, folder=folder, needs=("one",))
    assert caught.value.code == "wait.deadline"
    assert "the moon is not full" in caught.value.detail
    assert "here" in caught.value.detail


def test_waiting_ends_when_the_process_does(folder: Path):
    ends = (sys.executable, "-c", "print('no such luck')")
    processes.start(folder, [program("one", ends)])
    began = time.monotonic()
    with pytest.raises(NotReady) as caught:
        waiting.until(lambda: "not yet", "one is ready", within=600, folder=folder, needs=("one",))
    assert caught.value.code == "wait.ended"
    assert "no such luck" in caught.value.detail
    assert time.monotonic() - began < 300


def test_the_end_of_a_long_log_is_read(folder: Path):
    (folder / "one.log").write_text("".join(f"line {number}\n" for number in range(100_000)))
    assert processes.tail(folder, "one", 2) == "line 99998\nline 99999"
    assert processes.tail(folder, "other") == ""


def test_what_would_configure_fabric_is_not_inherited(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORE_PEER_LOCALMSPID", "Somebody")
    monkeypatch.setenv("LANE", "north")
    shows = (sys.executable, "-c", "import os; print('here', dict(os.environ), flush=True)")
    processes.start(folder, [program("one", shows)])
    waiting.until(
        lambda: None if "LANE" in processes.tail(folder, "one") else "nothing yet",
        "it has begun",
        within=30,
        folder=folder,
    )
    assert "CORE_PEER_LOCALMSPID" not in processes.tail(folder, "one")
