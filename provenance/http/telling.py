"""What a request tells those who observe it, under these names in its WSGI environment.

Only what may stand in a log or a figure is told here: which route it took, for which organisation, what code its answer
has, and what was shown to a consumer. Whoever observes reads it after the answer; nothing reads it to decide anything.
"""

from typing import Final

ROUTE: Final = "provenance.route"
"""The endpoint that answered."""

ORGANISATION: Final = "provenance.organisation"
"""The organisation of the caller's key."""

CODE: Final = "provenance.code"
"""The stable code of the problem that was answered."""

SHOWN: Final = "provenance.shown"
"""The item whose page was shown and its grade, as a pair of texts."""
