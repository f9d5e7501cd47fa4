"""`provenance dl`: what can be said about identifiers without any ledger: parse, build and convert GS1 Digital Links.

The commands import the domain's identifiers alone, so that they start fast. An input that is not acceptable is an
answer, with its reason, and makes the exit status 1; the other inputs are answered all the same.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import click

from provenance.cli.context import print_json

Answer = dict[str, Any]
"""What is printed for one input: its fields are the same whether it was acceptable or not."""

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each input.")


@click.group()
def dl() -> None:
    """Read and write GS1 Digital Link URIs, element strings and EPC URNs; needs no ledger and no data folder."""


@dl.command(context_settings={"ignore_unknown_options": True})
@click.argument("uri")
@_JSON
def parse(uri: str, as_json: bool) -> int:  # noqa: FBT001  (a flag of the command line)
    """Read URI strictly (GS1 Digital Link URI Syntax 1.6) and print its element string; `-` reads one a line.

    FNC1 is written ^. With --json: {"valid","error","element_string","canonical"}. A compressed link is read as well.
    """
    return _answer(uri, _parse, "element_string", as_json=as_json)


@dl.command(context_settings={"ignore_unknown_options": True})
@click.argument("elements")
@click.option("--stem", default="https://id.gs1.org", show_default=True, help="The domain, and path, of the links.")
@_JSON
def build(elements: str, stem: str, as_json: bool) -> int:  # noqa: FBT001
    """Print the link of ELEMENTS, '(01)...(21)...' or what a scanner sent; `-` reads one a line.

    A bracket inside a value has a backslash before it. With --json: {"uri","error"}.
    """
    from provenance.domain.gs1.link import STEM

    if STEM.fullmatch(stem) is None:
        raise click.UsageError(f"--stem is {stem!r}; give an address such as https://example.com or one with a path.")
    return _answer(elements, lambda text: _build(text, stem), "uri", as_json=as_json)


@dl.command(context_settings={"ignore_unknown_options": True})
@click.argument("epc_urn_or_uri")
@_JSON
def convert(epc_urn_or_uri: str, as_json: bool) -> int:  # noqa: FBT001
    """Print the canonical link of an EPC URN or link as events hold them (CBV 2.0, section 8); `-` reads one a line.

    Reading is lenient: names and short GTINs are taken, the query is dropped, the finest level is kept. With --json:
    {"out","error"}.
    """
    return _answer(epc_urn_or_uri, _convert, "out", as_json=as_json)


def _answer(argument: str, answer: Callable[[str], Answer], main: str, *, as_json: bool) -> int:
    """Print what `answer` says about each input; return 1 where one was not acceptable."""
    status = 0
    for text in _inputs(argument):
        found = answer(text)
        if as_json:
            print_json(found)
        elif found["error"] is None:
            click.echo(found[main])
        else:
            click.echo(f"provenance: {found['error']}", err=True)
        status |= found["error"] is not None
    return status


def _inputs(argument: str) -> Iterator[str]:
    """Yield the argument, or each line of stdin where it is `-`; an empty line is an input too."""
    if argument != "-":
        yield argument
        return
    for line in sys.stdin.buffer:
        yield line.rstrip(b"\r\n").decode("utf-8", "replace")


def _parse(text: str) -> Answer:
    from provenance.domain.errors import Malformed
    from provenance.domain.gs1 import convert

    try:
        found = convert.parse(text)
    except Malformed as error:
        return {"valid": False, "error": error.detail, "element_string": None, "canonical": None}
    return {
        "valid": True, "error": None, "element_string": found.element_string, "canonical": found.canonical_uri,
    }  # fmt: skip


def _build(text: str, stem: str) -> Answer:
    from provenance.domain.errors import Malformed
    from provenance.domain.gs1 import link, scanning

    try:
        return {"uri": link.build(scanning.elements(text)).uri(stem), "error": None}
    except Malformed as error:
        return {"uri": None, "error": error.detail}


def _convert(text: str) -> Answer:
    from provenance.domain.errors import Malformed
    from provenance.domain.gs1 import convert

    try:
        return {"out": convert.canonical(text), "error": None}
    except Malformed as error:
        return {"out": None, "error": error.detail}
