"""How long typical EPCIS queries take through the API, with many events on record, on both databases.

An auditor asks, who may read everything; each query is asked many times, for other things, places and days. `keyed`
queries have an index for what they ask; `scan` queries have none, and are answered or refused within their bound.
There is no baseline.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient

from provenance import bootstrap
from provenance.app import create_app
from provenance.bootstrap import Gateway
from provenance.demo import trade
from provenance.domain.instant import format_instant
from provenance.domain.records import Role
from provenance.operations import Level
from provenance.parts import settle
from tests.benchmarks.stocked import SEED, databases, items_of, ledger_home, say
from tests.databases import settings_on

SOME, ALL = 100_000, 1_000_000
ASKED, SCANNED = 300, 20
_AUDITOR = "BenchAudit"
_PAGES = 20
Parameters = dict[str, str]


@dataclass(frozen=True, slots=True)
class Stock:
    """What can be asked for: items, the places where goods are seen, and days."""

    items: list[str]
    places: list[str]
    chance: random.Random

    def item(self) -> str:
        return self.chance.choice(self.items)

    def place(self) -> str:
        return self.chance.choice(self.places)

    def window(self, days: int = 1, name: str = "eventTime") -> Parameters:
        begins = trade.START + timedelta(hours=self.chance.randrange(24 * 150))
        return {f"GE_{name}": format_instant(begins), f"LT_{name}": format_instant(begins + timedelta(days=days))}


KEYED: dict[str, Callable[[Stock], Parameters]] = {
    "epc": lambda stock: {"MATCH_epc": stock.item()},
    "latest": lambda stock: {"MATCH_anyEPC": stock.item(), "orderBy": "eventTime", "eventCountLimit": "1"},
    "step": lambda stock: {"EQ_bizStep": "shipping", **stock.window()},
    "place": lambda stock: {"EQ_readPoint": stock.place(), **stock.window(), "orderBy": "eventTime"},
    "within": lambda stock: {"WD_bizLocation": stock.place(), **stock.window()},
    "extension": lambda stock: {"EQ_prov:transportMode": stock.chance.choice(["air", "sea|rail"])},
    "party": lambda stock: {"EQ_source_possessing_party": "https://id.gs1.org/417/9522300000005"},
    "time": lambda stock: {"eventType": "AggregationEvent", **stock.window()},
    "step-place": lambda stock: {"EQ_bizStep": "receiving|arriving", "EQ_readPoint": stock.place(), **stock.window(7)},
}
SCANS: dict[str, Callable[[Stock], Parameters]] = {
    "none": lambda _: {},
    "action": lambda _: {"EQ_action": "OBSERVE"},
    "quantity": lambda _: {"GE_quantity": "1"},
    "step-place": lambda stock: {"EQ_bizStep": "receiving|arriving", "EQ_readPoint": stock.place()},
    "pattern": lambda _: {"MATCH_epc": "urn:epc:idpat:sgtin:*.*.*", "EQ_bizStep": "killing|other"},
}


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield percentiles of each query on both databases, and the slower 99th percentile of the keyed ones."""
    events = ALL if full else SOME
    home = ledger_home(events)
    loads = trade.loads(SEED, items_of(events))
    items = [str(item) for load in islice(loads, 5000) for item in load.items]
    with databases() as kinds:
        spans = {database.kind: measured(home, database, items) for database in kinds}
    keyed = [value for found in spans.values() for name, each in found.items() if "keyed" in name for value in each]
    slowest = max(_at(each, 0.99) for found in spans.values() for name, each in found.items() if ".keyed." in name)
    yield _line("query", slowest)
    yield _line("query.keyed", _at(sorted(keyed), 0.99))
    for kind, found in spans.items():
        for name, each in found.items():
            yield _line(f"{name}.{kind}.p50", _at(each, 0.5))
            yield _line(f"{name}.{kind}.p99", _at(each, 0.99))


def measured(home: Path, database: Any, items: list[str]) -> dict[str, list[float]]:
    """Return the sorted times of every query in milliseconds."""
    with closing(bootstrap.open_gateway(home, settings_on(database, home))) as gateway:
        _let_audit(gateway)
        gateway.projector().catch_up()
        say(f"projected on {database.kind}")
        client, headers = create_app(gateway).test_client(), _headers(gateway)
        settle()  # as a worker of `serve` does once it has its application
        places = sorted({name for kind in ("readPoints", "bizLocations") for name in _members(client, headers, kind)})
        stock = Stock(items, places, random.Random(SEED))
        spans = {f"query.keyed.{name}": _each(client, headers, stock, make, ASKED) for name, make in KEYED.items()}
        spans["query.keyed.parents"] = sorted(_parents(client, headers, stock.item()) for _ in range(ASKED))
        spans["query.keyed.paged"] = sorted(_paged(client, headers, stock))
        scans = {f"query.scan.{name}": _each(client, headers, stock, make, SCANNED) for name, make in SCANS.items()}
        return spans | scans


def _let_audit(gateway: Gateway) -> None:
    if _AUDITOR not in {each.id for each in _organisations(gateway)}:
        bootstrap.enrol(gateway, _AUDITOR, name="Bench Audit (fictitious)", roles=[Role.AUDITOR])


def _organisations(gateway: Gateway) -> list[Any]:
    from provenance.domain.records import Organisation

    with gateway.readmodel.view() as view:
        return view.records(Organisation)


def _headers(gateway: Gateway) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.operations.keys.create(_AUDITOR, Level.READ)[1]}"}


def _members(client: FlaskClient, headers: dict[str, str], kind: str) -> list[str]:
    members: list[str] = client.get(f"/epcis/v2/{kind}?perPage=1000", headers=headers).json["member"]
    return members


def _each(
    client: FlaskClient, headers: dict[str, str], stock: Stock, make: Callable[[Stock], Parameters], asked: int
) -> list[float]:
    make_url = [f"/epcis/v2/events?{urlencode(make(stock))}" for _ in range(asked + 5)]
    return sorted([_timed(client, headers, url)[0] for url in make_url][5:])


def _timed(client: FlaskClient, headers: dict[str, str], url: str) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = client.get(url, headers=headers)
    spent = 1000 * (time.perf_counter() - began)
    if answer.status_code not in (200, 413):
        raise AssertionError(f"{url}: {answer.status_code} {answer.text[:300]}")
    return spent, answer


def _parents(client: FlaskClient, headers: dict[str, str], item: str) -> float:
    """Return how long it takes to ask for what happened to an item, to its case and to that one's pallet."""
    spent, named = 0.0, item
    for _ in range(3):
        took, answer = _timed(client, headers, f"/epcis/v2/events?{urlencode({'MATCH_anyEPC': named})}")
        events = answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        spent += took
        named = next((each["parentID"] for each in events if each.get("parentID", named) != named), named)
    return spent


def _paged(client: FlaskClient, headers: dict[str, str], stock: Stock) -> Iterator[float]:
    """Give how long each page took of a question that is asked to its end."""
    url = f"/epcis/v2/events?{urlencode({'EQ_bizStep': 'shipping', 'perPage': '100', **stock.window(days=60)})}"
    for _ in range(ASKED):
        took, answer = _timed(client, headers, url)
        yield took
        link = answer.headers.get("Link", "").removeprefix("<").partition(">")[0]
        if not link:
            return
        url = link[link.index("/epcis/") :]


def _at(spans: list[float], share: float) -> float:
    return spans[min(len(spans) - 1, int(len(spans) * share))]


def _line(bench: str, value: float) -> dict[str, Any]:
    return {"bench": bench, "value": round(value, 2), "unit": "ms", "baseline": None, "ratio": None}
