"""Our own namespace: the few terms that the standards have no word for, each a full URI.

EPCIS has no step for a customs release and no word for the means of transport, so events carry them as extensions and
as types of business transactions. The gateway serves this vocabulary under the same names; a URI here never changes
its meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NAMESPACE = "https://provenance.example/voc/"
"""What every term of ours begins with; documents declare a prefix for it in their `@context`."""

TRANSPORT_MODE = NAMESPACE + "transportMode"
"""Event extension: how the goods travel from here (departures) or came here (arrivals); a `Mode`."""

UCR = NAMESPACE + "ucr"
"""Type of a business transaction: a consignment by its Unique Consignment Reference."""

DECLARATION = NAMESPACE + "declaration"
"""Type of a business transaction: a customs declaration, `country/number`."""

RELEASE = NAMESPACE + "release"
"""Type of a business transaction: the release of goods by customs."""

SEIZURE = NAMESPACE + "seizure"
"""Type of a business transaction: the seizure of goods by an authority."""

ORGANISATION = NAMESPACE + "organisation/"
"""Beginning of the URI of a member organisation that has no Party GLN, for sources and destinations."""


class Mode(StrEnum):
    """How goods travel, as far as their speed is judged; anything else counts as unknown."""

    AIR = "air"
    RAIL = "rail"
    ROAD = "road"
    SEA = "sea"


@dataclass(frozen=True, slots=True)
class Term:
    """What a term means, and whether it is a property or a thing that events name (an RDF class)."""

    meaning: str
    kind: str = "rdfs:Resource"


TERMS: Mapping[str, Term] = {
    "transportMode": Term(
        "Extension of an event: how the goods travel from here (departures) or came here (arrivals), as one of air, "
        "rail, road and sea.",
        "rdf:Property",
    ),
    "air": Term("A transport mode: by air."),
    "rail": Term("A transport mode: by rail."),
    "road": Term("A transport mode: by road."),
    "sea": Term("A transport mode: by sea or inland water."),
    "ucr": Term("Type of a business transaction: a consignment by its Unique Consignment Reference."),
    "declaration": Term("Type of a business transaction: a customs declaration, written country/number."),
    "release": Term("Type of a business transaction: the release of goods by customs."),
    "seizure": Term("Type of a business transaction: the seizure of goods by an authority."),
    "organisation": Term(
        "Beginning of the address of a member organisation without a Party GLN, as source or destination of goods: "
        "organisation/ID.",
    ),
}
"""Every term by its name, as it is served; a test compares them with the names above."""

_MODES = {text: mode for mode in Mode for text in (mode.value, NAMESPACE + mode.value)}


def transport_mode(extensions: Mapping[str, Any]) -> Mode | None:
    """Return the mode that an event's extensions state, None where they state none that is known."""
    if not extensions:
        return None
    stated = extensions.get(TRANSPORT_MODE)
    return _MODES.get(stated) if isinstance(stated, str) else None
