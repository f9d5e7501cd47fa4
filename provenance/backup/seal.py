"""Sealing a backup under a passphrase: scrypt for the key, AES-256-GCM for the pieces of a stream (STREAM).

Each piece's nonce is a random prefix, the piece's number, and whether it is the last: pieces cannot be changed, left
out, repeated, moved or cut off at the end without that being noticed when they are read, and nothing of a piece is
given out before it is authentic. The head, with the parameters of the key, is authenticated with every piece. Every
file has a salt of its own, so no key is used for two files.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from provenance.backup.errors import BackupError

MAGIC = b"provenance sealed backup 1\n"
SHORTEST = 12
"""Characters of a passphrase, at the least."""

_PIECE = 1024 * 1024
_TAG = 16
_SALT, _PREFIX = 16, 7
_COST, _BLOCK, _LANES = 2**17, 8, 1
_MOST = 2**32


def passphrase(path: Path) -> bytes:
    """Return the first line of a file. Raises `BackupError` (`backup.passphrase`) for one that is too short."""
    with path.open("rb") as file:
        line = file.readline().rstrip(b"\r\n")
    if len(line.decode(errors="replace")) < SHORTEST:
        raise BackupError("backup.passphrase", f"the passphrase in {path} is shorter than {SHORTEST} characters")
    return line


class Sealing:
    """Writes a sealed file; what is written is in it once `close` has returned."""

    def __init__(self, output: BinaryIO, secret: bytes) -> None:
        self._output = output
        salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self._pieces = _Pieces(secret, salt, prefix)
        self._waiting = bytearray()
        output.write(self._pieces.head)

    def write(self, content: bytes) -> int:
        """Take content; a full piece is written when it is known not to be the last."""
        self._waiting += content
        while len(self._waiting) > _PIECE:
            self._output.write(self._pieces.seal(bytes(self._waiting[:_PIECE]), last=0))
            del self._waiting[:_PIECE]
        return len(content)

    def close(self) -> None:
        """Write the last piece."""
        self._output.write(self._pieces.seal(bytes(self._waiting), last=1))
        self._waiting.clear()


class Unsealing:
    """Reads a sealed file. Raises `BackupError` (`backup.sealed`) where it is not what was sealed under the secret."""

    def __init__(self, source: BinaryIO, secret: bytes) -> None:
        """Begin after `MAGIC`, which the caller has read."""
        self._source = source
        head = source.read(_SALT + _PREFIX)
        if len(head) != _SALT + _PREFIX:
            raise BackupError("backup.sealed", "the sealed file is cut off")
        self._pieces = _Pieces(secret, head[:_SALT], head[_SALT:])
        self._ahead = source.read(_PIECE + _TAG)
        self._opened = bytearray()
        self._done = False

    def read(self, size: int) -> bytes:
        """Return up to `size` authentic bytes, none at the end."""
        while len(self._opened) < size and not self._done:
            sealed, self._ahead = self._ahead, self._source.read(_PIECE + _TAG)
            self._done = not self._ahead
            self._opened += self._pieces.open(sealed, last=int(self._done))
        content = bytes(self._opened[:size])
        del self._opened[:size]
        return content


class _Pieces:
    """Seals and opens the pieces of one file, in their order."""

    def __init__(self, secret: bytes, salt: bytes, prefix: bytes) -> None:
        self.head = MAGIC + salt + prefix
        self._prefix = prefix
        self._cipher = AESGCM(Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_LANES).derive(secret))
        self._count = 0

    def seal(self, content: bytes, *, last: int) -> bytes:
        return self._cipher.encrypt(self._nonce(last), content, self.head)

    def open(self, sealed: bytes, *, last: int) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last), sealed, self.head)
        except (InvalidTag, ValueError):
            raise BackupError("backup.sealed", "the passphrase is another one, or the file is damaged") from None

    def _nonce(self, last: int) -> bytes:
        number, self._count = self._count, self._count + 1
        if number >= _MOST:
            raise BackupError("backup.sealed", "the file is too large to be sealed")
        return self._prefix + struct.pack(">IB", number, last)
