"""Examples of the bodies of acts: one fictitious shoe, from its trademark to the case about its copy.

They are shown in the OpenAPI document; a test reads each with its schema and its act.
"""

from collections.abc import Mapping
from typing import Any

_GTIN = "09521234000013"
_ITEM = f"https://id.gs1.org/01/{_GTIN}/21/1000"
_PALLET = "https://id.gs1.org/00/095256780000000011"
_PORT = "https://id.gs1.org/414/9525678000011"

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "registry:enrol": {
        "organisation": "ExampleLines",
        "name": "Example Lines (fictitious)",
        "roles": ["carrier"],
        "prefixes": ["9525678"],
    },
    "registry:set_rules": {
        "rules": {
            "version": "2026-2",
            "clock_tolerance": 300,
            "speed_air": 900,
            "speed_rail": 120,
            "speed_road": 100,
            "speed_sea": 50,
            "id": "rules",
        }
    },
    "registry:delegate_prefix": {"prefix": "9521234", "delegate": "ExampleWorks"},
    "registry:end_delegation": {},
    "registry:register_place": {
        "place": _PORT,
        "name": "Port of Rotterdam",
        "place_kind": "port",
        "country": "NL",
        "unlocode": "NLRTM",
        "latitude": "51.95",
        "longitude": "4.14",
        "time_zone": "Europe/Amsterdam",
    },
    "registry:declare_right": {
        "right": "EX-EU-1",
        "right_kind": "trademark",
        "title": "Example Stride (fictitious)",
        "office": "EM",
        "territory": "EU",
        "starts": "2020-01-01",
        "expires": "2030-01-01",
        "application_number": "018000001",
        "nice_classes": [25],
        "nice_edition": "13-2026",
    },
    "registry:confirm_right": {"registration_number": "018000001"},
    "registry:renew_right": {"expires": "2040-01-01"},
    "registry:end_right": {"ended_as": "surrendered"},
    "registry:grant_licence": {
        "licence": "LIC-1",
        "right": "EX-EU-1",
        "licensee": "ExampleWorks",
        "starts": "2026-01-01",
        "ends": "2027-12-31",
        "gtins": [_GTIN],
        "make_in": ["CN"],
        "sell_in": ["EU"],
    },
    "registry:end_licence": {},
    "registry:ratify": {
        "ratification": "RAT-1",
        "right": "EX-EU-1",
        "maker": "ExampleWorks",
        "made_from": "2025-12-01",
        "made_until": "2025-12-31",
    },
    "products:register": {
        "gtin": _GTIN,
        "name": "Stride 1 running shoe (fictitious)",
        "rights": ["EX-EU-1"],
        "nice_class": 25,
        "nice_edition": "13-2026",
        "hs_code": "6404.11",
        "hs_edition": "2022",
        "markets": ["NL", "DE"],
    },
    "products:issue_serials": {"batch": "B-2026-1", "gtin": _GTIN, "lot": "L1", "random": 3},
    "products:issue_ssccs": {
        "sscc_range": "S-2026-1",
        "prefix": "9525678",
        "first": "09525678000000001",
        "last": "09525678000009999",
    },
    "products:recall": {"recall": "REC-1", "gtin": _GTIN, "reason": "The sole may come off.", "lot": "L1"},
    "products:lift_recall": {},
    "custody:offer": {"handover": "H-1", "items": [_PALLET], "receiver": "ExampleLines", "place": _PORT},
    "custody:accept": {"place": _PORT},
    "custody:reject": {"reason": "The seal is broken."},
    "custody:void": {},
    "customs:open_consignment": {
        "consignment": "6NL123456789-EX1",
        "units": [_PALLET],
        "origin": "CN",
        "destination": "NL",
        "containers": ["CSQU3054383"],
    },
    "customs:lodge_declaration": {
        "country": "NL",
        "number": "26NL0001EXAMPLE001",
        "consignment": "6NL123456789-EX1",
        "procedure": "release for free circulation",
    },
    "customs:impose": {
        "measure": "M-1",
        "measure_kind": "detain",
        "reason": "suspected infringement of EX-EU-1",
        "items": [_PALLET],
        "place": _PORT,
    },
    "customs:lift": {},
    "enforcement:open_case": {
        "case": "C-1",
        "right": "EX-EU-1",
        "items": [_ITEM],
        "docket": "C/13/123456",
        "court": "ExampleCourt",
    },
    "enforcement:close_case": {},
    "enforcement:examine": {
        "examination": "X-1",
        "item": _ITEM,
        "result": "inconclusive",
        "method": "seam and label compared with the pattern",
    },
}
"""One body an act."""
