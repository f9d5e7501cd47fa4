from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from provenance.operations import Operations


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 9, 30, tzinfo=UTC))

    def __call__(self):
        return self.at

    def move(self, **span):
        self.at += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def url(tmp_path, database):
    return database.url(tmp_path, "operations")


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def store(url, clock, spool):
    opened = Operations(url, clock=clock, spool=spool)
    yield opened
    opened.close()
