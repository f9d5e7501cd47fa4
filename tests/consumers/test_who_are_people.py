"""Bots, link previews, prefetches and HEAD requests are no scans; telephones are."""

import pytest

from provenance.consumers.people import is_scan

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1"
)
PEOPLE = (
    IPHONE,
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 Version/4.0 Chrome/126.0 Mobile [FB_IAB/FB4A]",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/Java)",
)
PROGRAMS = (
    "",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (compatible; bingbot/2.0) Chrome/126.0",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0)",
    "SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0)",
    "curl/8.5.0",
    "python-requests/2.32",
    "Python/3.11 aiohttp/3.9",
    "Go-http-client/2.0",
    "okhttp/4.12",
    "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
)


def environ(agent: str = IPHONE, **more: str) -> dict[str, str]:
    return {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": agent, **more}


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_scan(agent):
    assert is_scan(environ(agent))


@pytest.mark.parametrize("agent", PROGRAMS)
def test_programs_do_not(agent):
    assert not is_scan(environ(agent))


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_a_get_is_a_scan(method):
    assert not is_scan(environ(REQUEST_METHOD=method))


@pytest.mark.parametrize(
    ("header", "value", "scan"),
    [
        ("HTTP_SEC_PURPOSE", "prefetch;prerender", False),
        ("HTTP_SEC_PURPOSE", "prefetch", False),
        ("HTTP_PURPOSE", "prefetch", False),
        ("HTTP_X_PURPOSE", "preview", False),
        ("HTTP_X_MOZ", "prefetch", False),
        ("HTTP_PURPOSE", "reading", True),
    ],
)
def test_what_a_browser_fetches_ahead_is_no_scan(header, value, scan):
    assert is_scan(environ(**{header: value})) is scan
