"""Log lines as JSON on stderr: what happened and when, never what a transaction holds.

Only this package's loggers are set up: the root logger, and with it every library's, stays as the process has it.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

FIELDS: Final = "fields"
"""Under this name in a record's `extra` stand the fields that it adds to its line."""

LOGGER: Final = "chaincode"


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": record.levelname.lower(), "part": "chaincode", "message": record.getMessage()}
        return json.dumps({**line, **getattr(record, FIELDS, {})}, default=str)


def configure(level: int = logging.INFO) -> None:
    """Write this package's lines to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(LOGGER)
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False
