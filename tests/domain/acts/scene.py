"""A small consortium with one of everything on record, and a way to do acts in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from provenance.domain import canonical, codec
from provenance.domain.acts import Call, perform
from provenance.domain.epcis import chunk, document
from provenance.domain.gs1.keys import check_digit
from provenance.domain.records import RECORDS
from provenance.domain.world import MemoryWorld

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def checked(digits: str) -> str:
    return digits + check_digit(digits)


GTIN = checked("0952100000001")
OTHER_GTIN = checked("0952199900001")
ITEM = f"https://id.gs1.org/01/{GTIN}/21/1001"
OTHER_ITEM = f"https://id.gs1.org/01/{OTHER_GTIN}/21/1"
PALLET = f"https://id.gs1.org/00/{checked('09521000000000001')}"
ROTTERDAM = f"https://id.gs1.org/414/{checked('952100000001')}"
NINGBO = f"https://id.gs1.org/414/{checked('952100000002')}"
UCR = "6CN9521000-LUMEN-0001"
NL_DECLARATION, CN_DECLARATION = "26NL000510ABCDEF12", "310120260000000001"


def event(step: str, *items: str) -> list[dict[str, Any]]:
    """One captured event in the form in which acts carry it."""
    body = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": "2026-03-01T11:00:00.000Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": list(items or (ITEM,)),
        "bizStep": step,
    }
    (chunk_of_one,) = chunk.build(document.read(canonical.dump(body)).events)
    return canonical.parse(chunk_of_one)["events"]


def do(world: MemoryWorld, creator: str, name: str, /, at: datetime = NOON, **arguments: Any) -> dict[str, Any]:
    """Perform an act; arguments are JSON values or anything that the codec writes."""
    plain = {
        field: value if isinstance(value, list | dict) else codec.encode(value) for field, value in arguments.items()
    }
    return perform(world, Call(creator, at, "tx"), name, canonical.dump(plain))


def records(world: MemoryWorld) -> dict[str, Any]:
    """Everything on record in its JSON form, by kind and id."""
    return {
        f"{kind}:{identifier}": codec.encode(record)
        for (kind, identifier), record in sorted(world._records.items())
        if isinstance(record, RECORDS[kind])
    }


def copy(world: MemoryWorld) -> MemoryWorld:
    return MemoryWorld(list(world._records.values()))


ORGANISATIONS: dict[str, dict[str, Any]] = {
    "Brand": {"roles": ["brand"], "prefixes": ["9521000"]},
    "Rival": {"roles": ["brand"], "prefixes": ["9521999"]},
    "Maker": {"roles": ["manufacturer"]},
    "Carrier": {"roles": ["carrier"]},
    "CustomsNL": {"roles": ["customs"], "jurisdiction": "NL"},
    "CustomsCN": {"roles": ["customs"], "jurisdiction": "CN"},
    "OfficeCN": {"roles": ["ip_office"], "jurisdiction": "CN"},
    "OfficeEM": {"roles": ["ip_office"], "jurisdiction": "EM"},
    "CourtNL": {"roles": ["court"], "jurisdiction": "NL"},
    "CourtCN": {"roles": ["court"], "jurisdiction": "CN"},
    "Examiner": {"roles": ["examiner"]},
    "Auditor": {"roles": ["auditor"]},
}

RIGHT = {
    "right_kind": "trademark",
    "title": "LUMEN",
    "office": "CN",
    "territory": "CN",
    "starts": "2020-01-01",
    "expires": "2030-01-01",
    "nice_classes": [25],
    "nice_edition": "13-2026",
}

PRODUCT = {
    "name": "Lumen Runner",
    "rights": ["cn-mark"],
    "nice_class": 25,
    "nice_edition": "13-2026",
    "hs_code": "6404.11",
    "hs_edition": "2022",
}


def consortium() -> MemoryWorld:
    """Organisations and their prefixes alone."""
    world = MemoryWorld()
    do(world, "Steward", "registry:found", stewards=["Steward"])
    for organisation, granted in ORGANISATIONS.items():
        do(
            world,
            "Steward",
            "registry:enrol",
            organisation=organisation,
            name=f"{organisation} (fictitious)",
            **granted,
        )
    return world


def scene() -> MemoryWorld:
    """The consortium with one of every record."""
    world = consortium()
    begun = NOON - timedelta(days=1)
    for name, creator, arguments in (
        ("registry:delegate_prefix", "Brand", {"prefix": "9521000", "delegate": "Maker"}),
        ("registry:register_place", "Brand", _place(ROTTERDAM, "NL")),
        ("registry:register_place", "Brand", _place(NINGBO, "CN")),
        ("registry:declare_right", "Brand", {"right": "cn-mark", **RIGHT}),
        ("registry:declare_right", "Brand", {"right": "cn-new", **RIGHT}),
        ("registry:confirm_right", "OfficeCN", {"right": "cn-mark"}),
        (
            "registry:grant_licence",
            "Brand",
            {"licence": "l-1", "right": "cn-mark", "licensee": "Maker", "starts": "2026-01-01"},
        ),
        ("products:register", "Brand", {"gtin": GTIN, **PRODUCT}),
        ("products:issue_serials", "Maker", {"batch": "b-1", "gtin": GTIN, "first": "1000", "last": "1999"}),
        ("products:recall", "Brand", {"recall": "r-1", "gtin": GTIN, "reason": "glue", "serials": ["1002"]}),
        ("customs:open_consignment", "Carrier", _consignment(UCR)),
        ("customs:lodge_declaration", "Carrier", _declaration("NL", NL_DECLARATION)),
        ("customs:lodge_declaration", "Carrier", _declaration("CN", CN_DECLARATION)),
        (
            "custody:offer",
            "Brand",
            {"handover": "h-1", "items": [ITEM], "receiver": "Carrier", "events": event("shipping")},
        ),
        ("customs:impose", "CustomsNL", {**_measure("m-1"), "items": [OTHER_ITEM], "place": ROTTERDAM}),
        (
            "enforcement:open_case",
            "Brand",
            {"case": "c-1", "right": "cn-mark", "items": [ITEM], "docket": "26/1", "court": "CourtNL"},
        ),
    ):
        do(world, creator, name, begun, **arguments)
    return world


def _place(link: str, country: str) -> dict[str, Any]:
    return {"place": link, "name": "Quay 1", "place_kind": "port", "country": country}


def _consignment(ucr: str) -> dict[str, Any]:
    return {"consignment": ucr, "units": [PALLET], "origin": "CN", "destination": "NL"}


def _declaration(country: str, number: str) -> dict[str, Any]:
    return {"country": country, "number": number, "consignment": UCR, "procedure": "import"}


def _measure(identifier: str) -> dict[str, Any]:
    return {"measure": identifier, "measure_kind": "detain", "reason": "suspected infringement"}
