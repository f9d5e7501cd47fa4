"""What an operator's software asks on localhost: `/metrics` for Prometheus and `/health`.

It is answered by the event loop that serves the peer, so that an answer shows that the loop turns. Only GET is
answered, requests are short, and each connection is closed after its answer.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final

_LONGEST: Final = 8192
_SECONDS: Final = 5.0
_HOST: Final = "127.0.0.1"

Page = Callable[[], bytes]


async def serve(port: int, pages: Mapping[str, tuple[str, Page]]) -> asyncio.Server:
    """Answer on localhost; `pages` has the media type and the content of each path. Raises `OSError`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request, pages))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
            pass  # whoever asked went away, or said nothing that is a request
        finally:
            writer.close()

    return await asyncio.start_server(answer, _HOST, port, limit=_LONGEST)


def health(streams: int) -> bytes:
    """Return the state of health: the server is up, and how many peers are connected."""
    return json.dumps({"status": "ok", "streams": streams}).encode()


def _response(request: bytes, pages: Mapping[str, tuple[str, Page]]) -> bytes:
    method, _, rest = request.partition(b" ")
    path = rest.partition(b" ")[0].decode("latin-1").partition("?")[0]
    if path not in pages:
        return _framed("404 Not Found", "text/plain", b"")
    if method != b"GET":
        return _framed("405 Method Not Allowed", "text/plain", b"")
    media_type, page = pages[path]
    return _framed("200 OK", media_type, page())


def _framed(status: str, media_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
