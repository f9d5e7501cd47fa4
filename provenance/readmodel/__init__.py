"""What the ledger says, laid out for reading: facts by thing, records by id and term, events by query."""

from provenance.readmodel.errors import OutOfStep, ReadModelError
from provenance.readmodel.model import ReadModel
from provenance.readmodel.query import Cursor, Direction, EventQuery, Order, Page, RecordedEvent, TooMuch
from provenance.readmodel.view import View

__all__ = [
    "Cursor",
    "Direction",
    "EventQuery",
    "Order",
    "OutOfStep",
    "Page",
    "ReadModel",
    "ReadModelError",
    "RecordedEvent",
    "TooMuch",
    "View",
]
