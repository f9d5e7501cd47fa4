"""What the indexes find is what the conditions say, event by event, however a query is put and paged."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from provenance.api import query as asking
from provenance.api.lexicon import RecordLexicon
from provenance.domain import canonical
from provenance.domain.epcis import chunk, document, parameters
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.query import Subject, amount, holds
from provenance.domain.epcis.reading import read_event
from provenance.domain.records import PlaceKind
from provenance.http.problems import Problem
from provenance.readmodel.instants import to_micros
from provenance.readmodel.rows import Capture, FactRows, Statements, read_rows
from provenance.readmodel.tables import checkpoint, fact_terms, fact_things, facts, place, prefixes
from tests.readmodel import made_queries as made
from tests.readmodel.scene import ENVELOPE

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
WITHIN = scope({"ex": made.EX})
NAMESPACES = {"ex": made.EX, "other": made.OTHER}
REGISTERED = {
    made.PLACE: {"name": "Hall", "countryCode": "DE", "latitude": "53.5"},
    "https://id.gs1.org/414/9521000000025": {"name": "Yard", "countryCode": "NL"},
}
PER_PAGE = st.sampled_from([1, 2, 3, 7, 30])


class Known:
    """What the query cannot say itself, told from the events and the places of the test alone."""

    def __init__(self, universe):
        self._prefixes = {prefix for each in universe for prefix in each.prefixes}

    def namespaces(self, prefix):
        return [NAMESPACES[prefix]] if prefix in self._prefixes else []

    def within(self, place):
        return []

    def described(self, column, attribute, values):
        told = {place: said[name] for place, said in REGISTERED.items() for name in said if attribute.endswith(name)}
        spelled = None if values is None else {_number(each) for each in values}
        return [place for place, value in told.items() if spelled is None or _number(value) in spelled]


def _number(text):
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


@dataclass(frozen=True)
class Written:
    """A recorded event as the predicate looks at it."""

    place: int
    subject: Subject
    prefixes: frozenset


@dataclass
class Stage:
    """A read model that is filled for each example, with places that are registered for good."""

    model: object
    statements: Statements
    height: int

    def fill(self, chunks):
        """Let these events be all that is recorded: of each chunk who, in which minute, what."""
        universe = []
        with self.model.writing() as connection:
            for table in (facts, fact_things, fact_terms, prefixes):
                connection.execute(delete(table))
            written, known = FactRows(), set()
            for number, (recorder, minute, events) in enumerate(chunks):
                recorded = BEGAN + timedelta(minutes=minute)
                entries = list(_entries(events))
                capture = Capture(
                    recorder=recorder, recorded=to_micros(recorded), block=self.height + number, position=0
                )
                written.add(read_rows(entries, capture), regressed=0)
                for index, entry in enumerate(entries):
                    if (recorder, entry.digest) not in known:
                        known.add((recorder, entry.digest))
                        universe.append(_written(entry, recorder, recorded, place(capture.block, 0, index)))
            written.flush(connection.connection, self.statements)
            connection.execute(update(checkpoint).values(height=self.height + len(chunks)))
        return universe


def _entries(events):
    envelope = {**ENVELOPE, "@context": made.CONTEXT, "epcisBody": {"eventList": events}}
    read = document.read(canonical.dump(envelope))
    assert read.sound, read.problems
    return (entry for each in chunk.build(read.events) for entry in chunk.entries(each))


def _written(entry, recorder, recorded, at):
    content = canonical.parse(entry.body)
    subject = Subject(read_event(content), document=lambda: content, recorder=recorder, recorded=recorded, id_=entry.id)
    return Written(at, subject, frozenset(NAMESPACES if _has_own(content) else ()))


def _has_own(content):
    return any(":" in name or name in ("ilmd", "sensorElementList") for name in content)


@pytest.fixture
def stage(model, scene, projector):
    for place_, said in REGISTERED.items():
        degrees = {"latitude": Decimal(said["latitude"]), "longitude": Decimal(8)} if "latitude" in said else {}
        scene.of("Brand").register_place(
            place=place_, name=said["name"], place_kind=PlaceKind.WAREHOUSE, country=said["countryCode"], **degrees
        )
    projector.catch_up()
    return Stage(model, Statements(model.engine), model.position())


CHUNKS = st.lists(
    st.tuples(st.sampled_from(["Maker", "Carrier"]), made.MINUTES, st.lists(made.EVENTS, min_size=1, max_size=4)),
    min_size=1,
    max_size=4,
)
FAMILIES = st.sampled_from(sorted(made.PARAMETERS))


@st.composite
def questions(draw):
    """Parameters with their values: of one to three families."""
    asked = {}
    for family in draw(st.lists(FAMILIES, min_size=1, max_size=3, unique=True)):
        name, values = draw(made.PARAMETERS[family])
        asked[name] = [_at(values)] if isinstance(values, int) else values
    return asked | draw(made.ORDERED)


def _at(minute):
    return (BEGAN + timedelta(minutes=minute)).isoformat()


@st.composite
def limits(draw):
    """How many events are few, and from when on something is sparse: so every way of searching is gone."""
    return {
        "FEW": draw(st.sampled_from([-1, 2, 1000])),
        "_HANDFUL": draw(st.sampled_from([0, 50])),
        "_GROWS": draw(st.sampled_from([1, 2])),
        "_SPARSE": draw(st.sampled_from([1, 2])),
    }


def expected(universe, asked, visible):
    """Return what is to be found: in its order, or in that of the ledger where none is asked for."""
    filters = {name: values for name, values in asked.items() if name not in asking.ORDER}
    conditions = parameters.read(filters, within=WITHIN, lexicon=Known(universe))
    found = [each for each in universe if holds(conditions, each.subject) and visible(each.subject)]
    (by,) = asked.get("orderBy", ("",))
    (direction,) = asked.get("orderDirection", ("DESC",)) if by else ("ASC",)
    if by not in ("", "eventTime", "recordTime"):
        return _by_field(found, by, direction)
    times = {"eventTime": lambda each: each.subject.event.time, "recordTime": lambda each: each.subject.recorded}
    time = times.get(by, lambda _: 0)
    return sorted(found, key=lambda each: (time(each), each.place), reverse=direction == "DESC")


def _by_field(found, by, direction):
    (kind, *_) = parameters.field_kinds(by, within=WITHIN, lexicon=Known(found))
    told = [(min(map(_rank, each.subject.facets[kind])), each.place, each) for each in found
            if kind in each.subject.facets]  # fmt: skip
    ranked = [each for *_, each in sorted(told, key=lambda entry: entry[:2], reverse=direction == "DESC")]
    return ranked + [each for each in found if kind not in each.subject.facets]


def _rank(value):
    known = amount(value)
    return (2, value) if known is None else (isinstance(known, datetime), known)


def paged(view, asked, count, visible):
    """Return what pages of so many events have, one after another."""
    after, found = None, []
    read = asking.read(asked, within=WITHIN, lexicon=RecordLexicon(view))
    while True:
        page, after = asking.page(read, view, visible, count=count, after=after)
        assert len(page.events) <= count
        found += page.events
        if after is None:
            return [each.place for each in found]
        after = orjson.loads(orjson.dumps(after))


ASKED = st.lists(st.tuples(questions(), PER_PAGE, limits()), min_size=12, max_size=12)


def seen_by(organisation):
    return lambda of: organisation is None or of.recorder == organisation


@settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck))
@given(chunks=CHUNKS, asked=ASKED, reader=st.sampled_from([None, "Maker"]))
def test_what_is_found_is_what_the_conditions_say_of_every_event(stage, chunks, asked, reader):
    universe = stage.fill(chunks)
    with stage.model.view() as view:
        for question, count, limit in asked:
            wanted = [each.place for each in expected(universe, question, seen_by(reader))]
            with patch.multiple("provenance.readmodel.search", **limit):
                found = paged(view, question, count, seen_by(reader))
                whole = paged(view, question, 1000, seen_by(reader))
            assert found == whole, question
            assert (found if "orderBy" in question else sorted(found)) == wanted, question


@settings(max_examples=6, derandomize=True, suppress_health_check=list(HealthCheck))
@given(chunks=CHUNKS, asked=st.lists(st.tuples(questions(), PER_PAGE, st.integers(1, 6)), min_size=6, max_size=6))
def test_limits_end_the_pages_or_refuse_the_query(stage, chunks, asked):
    universe = stage.fill(chunks)
    with stage.model.view() as view:
        for question, count, limit in asked:
            wanted = [each.place for each in expected(universe, question, seen_by(None))]
            if "orderBy" in question:
                first = paged(view, question | {"eventCountLimit": [str(limit)]}, count, seen_by(None))
                assert first == wanted[:limit], question
            at_most = question | {"maxEventCount": [str(limit)]}
            if len(wanted) > limit:
                with pytest.raises(Problem) as refused:
                    paged(view, at_most, count, seen_by(None))
                assert refused.value.code == "query.too_large"
            else:
                assert sorted(paged(view, at_most, count, seen_by(None))) == sorted(wanted), question
