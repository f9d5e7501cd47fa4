"""A sealed stream gives back what was sealed, in authentic pieces, or nothing from where it was changed."""

import io

import pytest

from provenance.backup import BackupError, passphrase, seal
from provenance.backup.seal import MAGIC, Sealing, Unsealing

SECRET = b"correct horse battery"
HEAD = len(MAGIC) + 16 + 7
PIECE = 64
SEALED = PIECE + 16


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take small pieces, and a key that costs little."""
    monkeypatch.setattr(seal, "_PIECE", PIECE)
    monkeypatch.setattr(seal, "_COST", 2**4)


def sealed(content: bytes, step: int = 50) -> bytes:
    output = io.BytesIO()
    sealing = Sealing(output, SECRET)
    for at in range(0, len(content), step):
        sealing.write(content[at : at + step])
    sealing.close()
    return output.getvalue()


def unsealed(file: bytes, secret: bytes = SECRET, step: int = 1000) -> bytes:
    assert file[: len(MAGIC)] == MAGIC
    reading = Unsealing(io.BytesIO(file[len(MAGIC) :]), secret)
    return b"".join(iter(lambda: reading.read(step), b""))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 1000])
@pytest.mark.parametrize("step", [1, PIECE, 5000])
def test_what_was_sealed_comes_back(size: int, step: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert unsealed(sealed(content, step), step=step) == content


def test_no_two_files_are_alike_and_none_shows_its_content() -> None:
    content = b"BEGIN PRIVATE KEY" * 20
    files = {sealed(content) for _ in range(5)}
    assert len(files) == 5
    assert not any(b"PRIVATE" in file for file in files)


def refused(file: bytes, secret: bytes = SECRET) -> None:
    with pytest.raises(BackupError) as refusal:
        unsealed(file, secret)
    assert refusal.value.code == "backup.sealed"


def test_every_change_is_noticed() -> None:
    file = sealed(bytes(200))
    for place in range(len(MAGIC), len(file)):
        refused(file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :])


def test_every_cut_is_noticed() -> None:
    file = sealed(bytes(200))
    for length in range(len(MAGIC), len(file)):
        refused(file[:length])


def test_pieces_that_are_moved_repeated_left_out_or_added_are_noticed() -> None:
    file = sealed(bytes(4 * PIECE))
    head, pieces = file[:HEAD], [file[at : at + SEALED] for at in range(HEAD, len(file), SEALED)]
    assert len(pieces) == 4
    for order in ([1, 0, 2, 3], [0, 0, 1, 2, 3], [0, 2, 3], [0, 1, 2], [3], [0, 1, 2, 3, 3]):
        refused(head + b"".join(pieces[number] for number in order))
    refused(file + b"x")


def test_another_passphrase_opens_nothing() -> None:
    refused(sealed(b"content"), b"another passphrase")


def test_a_passphrase_is_the_first_line_and_not_short(tmp_path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes("pässphrase 12\r\nmore".encode())
    assert passphrase(path) == "pässphrase 12".encode()
    for content in (b"", b"\n", b"elevenchars\n"):
        path.write_bytes(content)
        with pytest.raises(BackupError) as refusal:
            passphrase(path)
        assert refusal.value.code == "backup.passphrase"
