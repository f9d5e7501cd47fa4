"""Which requests are a person's scan, by rules that anybody can read.

A scan is a GET that a browser makes because somebody asked for it. It is not one

- when the method is another, HEAD above all;
- when a header says that the browser fetches ahead (`Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz`);
- when the user agent is missing, or says that it is no browser: search engines, link previews of messengers and social
  networks, monitors, headless browsers, and the libraries that programs are written with.

The rules are an advisory's: whoever disguises a program as a browser is counted.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_NO_BROWSER = re.compile(
    r"""
    (?<!cu)bot\b | crawl | spider | slurp | archiver              # search engines; Cubot makes telephones
    | preview | facebookexternalhit | whatsapp/ | vkshare | embedly | iframely | snap\ url   # link previews
    | monitor | uptime | pingdom | statuscake | lighthouse | headless | phantomjs           # monitors and headless ones
    | ^(?:curl|wget|python|aiohttp|httpx|go-http-client|java|okhttp|axios|node|ruby|perl|php|libwww|postman)\b
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


def is_scan(environ: Mapping[str, Any]) -> bool:
    """Return whether a request, by its WSGI environment, is a person's scan."""
    if environ.get("REQUEST_METHOD") != "GET" or any(_ahead(environ.get(name)) for name in _AHEAD):
        return False
    return _is_browser(environ.get("HTTP_USER_AGENT", ""))


@lru_cache(maxsize=2048)
def _is_browser(agent: str) -> bool:
    return bool(agent) and _NO_BROWSER.search(agent) is None


def _ahead(purpose: str | None) -> bool:
    return purpose is not None and re.search("prefetch|prerender|preview", purpose, re.IGNORECASE) is not None
