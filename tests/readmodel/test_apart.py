"""Reading ahead gives what reading gives: in order, its end, its errors; and it stops when nobody listens."""

import threading
from collections.abc import Iterator

import pytest

from provenance.readmodel.apart import ahead


def counted(limit: int, seen: list[int]) -> Iterator[int]:
    for number in range(limit):
        seen.append(number)
        yield number


def test_what_is_read_ahead_comes_in_its_order() -> None:
    assert list(ahead(lambda: counted(500, []), most=3)) == list(range(500))


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    read = ahead(failing)
    assert next(read) == 1
    with pytest.raises(LookupError, match="gone"):
        next(read)


def test_reading_stops_when_nobody_listens_any_more() -> None:
    seen: list[int] = []
    before = threading.active_count()
    read = ahead(lambda: counted(10_000, seen), most=3)
    assert next(read) == 0
    read.close()
    assert threading.active_count() == before
    assert len(seen) < 10
