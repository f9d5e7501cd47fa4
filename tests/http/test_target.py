"""The raw request target: what a rule sees, whatever the server decodes."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from provenance.http import target

SEGMENTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RAW_URI": "/a%2Fb?q=%2F"}, "/a%2Fb"),
        ({"REQUEST_URI": "/a%2Fb"}, "/a%2Fb"),
        ({"RAW_URI": "/%61%7E%2f"}, "/a~%2f"),
        ({"RAW_URI": "http://example.test/x%25?y"}, "/x%25"),
        ({"RAW_URI": "http://example.test"}, "/"),
        ({"RAW_URI": "/mounted/x", "SCRIPT_NAME": "/mounted"}, "/x"),
        ({"RAW_URI": "/mountedx", "SCRIPT_NAME": "/mounted"}, "/mountedx"),
        ({"RAW_URI": "*"}, "*"),
        ({"PATH_INFO": "/a b%"}, "/a%20b%25"),
        ({"RAW_URI": "/real", "HTTP_RAW_URI": "/forged", "PATH_INFO": "/real"}, "/real"),
    ],
)
def test_path_is_what_was_sent(environ, path):
    assert target.raw_path(environ) == path


@pytest.fixture(scope="module")
def echo():
    app = Flask("echo")
    app.url_map.converters.update(target.CONVERTERS)
    app.url_map.merge_slashes = False
    app.wsgi_app = target.RawTarget(app.wsgi_app)
    app.add_url_rule("/one/<segment:value>/end", view_func=lambda value: value, endpoint="one")
    app.add_url_rule("/rest/<rest:value>", view_func=lambda value: value, endpoint="rest")
    app.add_url_rule("/things/<thing:value>", view_func=lambda value: value, endpoint="thing")
    app.add_url_rule("/things/<thing:value>/history", view_func=lambda value: f"history of {value}", endpoint="history")
    app.add_url_rule("/<elements:value>", view_func=lambda value: value, endpoint="elements")
    return app


@given(SEGMENTS)
def test_any_segment_comes_back_whole(echo, text):
    with echo.test_request_context():
        from flask import url_for

        url = url_for("one", value=text)
        assert echo.test_client().get(url).get_data(as_text=True) == text
        assert echo.test_client().get(url_for("rest", value=text)).get_data(as_text=True) == text


def test_what_is_not_utf8_is_refused(echo):
    assert echo.test_client().get("/one/%FF/end").status_code == 400


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/things/01/09520123456788/21/A%2FB%25%3F", "https://id.gs1.org/01/09520123456788/21/A%2FB%25%3F"),
        ("/things/urn:epc:id:sgtin:9520123.045678.A%252FB", "urn:epc:id:sgtin:9520123.045678.A%2FB"),
        ("/things/https%3A%2F%2Fx.test%2F01%2F1%2F21%2FA%252FB", "https://x.test/01/1/21/A%2FB"),
        ("/things/01/09520123456788/21/history", "https://id.gs1.org/01/09520123456788/21/history"),
        ("/things/01/09520123456788/21/A/history", "history of https://id.gs1.org/01/09520123456788/21/A"),
        ("/things/00/106141412345678908/history", "history of https://id.gs1.org/00/106141412345678908"),
        ("/things/urn:x/history", "history of urn:x"),
    ],
)
def test_things_are_named_by_one_segment_or_a_path(echo, path, value):
    assert echo.test_client().get(path).get_data(as_text=True) == value


def test_element_strings_stay_as_sent(echo):
    assert echo.test_client().get("/01/09520123456788/21/A%2FB+%25").get_data(as_text=True) == (
        "01/09520123456788/21/A%2FB+%25"
    )
    assert echo.test_client().get("/x1/09520123456788").status_code == 404
