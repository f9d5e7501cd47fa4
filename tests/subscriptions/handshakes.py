"""A websocket's handshake by hand, for those that are refused."""

import base64
import os
import socket
from urllib.parse import urlsplit

import orjson


def handshake(url: str, target: str, headers: dict[str, str], *, key: str | None = "") -> tuple[int, str | None]:
    """Return the status that a handshake is answered with, and the code of the problem; it is closed at once."""
    place = urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode() if key == "" else key
    lines = [f"GET {target} HTTP/1.1", f"Host: {place.netloc}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", *([f"Sec-WebSocket-Key: {key}"] if key else [])]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((place.hostname, place.port), timeout=120) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            length = 0
            while line := answer.readline().strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            content = answer.read(length)
    return status, orjson.loads(content)["code"] if content else None
