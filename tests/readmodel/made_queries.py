"""Made-up events and made-up queries whose values come from the same few, so that they meet."""

from typing import Any

from hypothesis import strategies as st

from provenance.domain.epcis.query import MEASURED

Event = dict[str, Any]
EX, OTHER = "https://ns.example.com/epcis/", "https://other.example.com/"
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": EX, "other": OTHER}]
GTIN = "09521000123458"
PLACE = "https://id.gs1.org/414/9521000000018"

INSTANCES = st.sampled_from(
    [
        "urn:epc:id:sgtin:9521000.012345.1",
        "urn:epc:id:sgtin:9521000.012345.2",
        "https://id.gs1.org/01/09521000123458/21/1",
        f"https://dealer.example.com/01/{GTIN}/21/A%2FB?x=y",
        "urn:epc:id:sscc:9521000.1000000001",
        "urn:epc:id:sscc:9521000.1000000002",
        "https://id.gs1.org/8003/09521000000018R1",
        "https://id.gs1.org/253/9521000000018D1",
        "urn:example:thing:1",
    ]
)
CLASSES = st.sampled_from(
    [
        "urn:epc:class:lgtin:9521000.012345.L1",
        f"https://id.gs1.org/01/{GTIN}/10/L1",
        f"https://id.gs1.org/01/{GTIN}/10/L2",
        f"https://id.gs1.org/01/{GTIN}",
        "urn:epc:idpat:sgtin:9521000.012345.*",
        "urn:example:class",
    ]
)
PATTERNS = st.sampled_from(
    [
        "urn:epc:idpat:sgtin:9521000.012345.*",
        "urn:epc:idpat:sgtin:9521000.*.*",
        "urn:epc:idpat:sgtin:*.*.*",
        "urn:epc:idpat:sscc:9521000.*",
        "urn:epc:class:lgtin:9521000.012345.*",
        f"https://id.gs1.org/01/{GTIN}",
        f"https://id.gs1.org/01/{GTIN}/21/*",
        f"https://id.gs1.org/01/{GTIN}/10/*",
        "https://id.gs1.org/8003/09521000000018",
        "https://id.gs1.org/253/9521000000018",
        "urn:epc:idpat:grai:9521000.*.*",
    ]
)
PLACES = st.sampled_from(
    [
        PLACE,
        f"{PLACE}/254/7",
        f"{PLACE}/254/71",
        "urn:epc:id:sgln:9521000.00001.7",
        "urn:epc:id:sgln:9521000.00001.0",
        "https://id.gs1.org/414/9521000000025",
        "https://id.gs1.org/414/9521000000025/254/7",
        "urn:example:place",
    ]
)
TIMES = st.sampled_from(
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01T11:00:00+01:00",
        "2026-03-01T10:00:00.000001Z",
        "2026-03-01T10:00:00.5Z",
        "2026-03-01T12:00:00Z",
        "2026-02-28T23:59:59.999999-03:00",
        "1969-12-31T23:59:59Z",
    ]
)
MINUTES = st.integers(0, 9)
"""After which minute of an example something was recorded."""

NUMBERS = st.sampled_from([0, 5, 7, 26, 12.5, 79.7, 5000, -3])
TEXTS = st.sampled_from(["red", " red ", "12.50", "12.5", "1.25e1", "", "2026-03-01T10:00:00Z", "true", "urn:x:y", "7"])
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none(), INSTANCES)
FIELDS = st.sampled_from(["ex:weight", "ex:seal", "other:weight"])
INNER = st.dictionaries(FIELDS, SCALARS, max_size=2)
NESTED = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(FIELDS, SCALARS | INNER, max_size=2),
    st.lists(INNER, max_size=2),
    st.fixed_dictionaries({"@value": st.just("12.5"), "@type": st.just("xsd:decimal")}),
    st.fixed_dictionaries({"@context": st.just({"ex": OTHER}), "ex:weight": SCALARS}),
)
OWN = st.dictionaries(FIELDS, NESTED, max_size=2)
STEPS = st.sampled_from(["shipping", "receiving", "https://example.com/step"])
DISPOSITIONS = st.sampled_from(["active", "in_transit", "https://example.com/state"])
REASONS = st.sampled_from(["did_not_occur", "incorrect_data"])
EVENT_IDS = st.sampled_from([f"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a{digit}" for digit in "012"])
ACTIONS = st.sampled_from(["ADD", "OBSERVE", "DELETE"])
ORDERS = st.sampled_from(["urn:epcglobal:cbv:bt:1:2", "https://id.gs1.org/253/9521000000018D1", "urn:example:order"])
PARTIES = st.sampled_from(["https://id.gs1.org/417/9521000000018", "urn:epc:id:pgln:9521000.00001", "urn:example:p"])
DEVICES = st.sampled_from(["urn:epc:id:giai:9521000.111", "https://id.gs1.org/8004/9521000111", "urn:example:device"])
MEASUREMENTS = st.sampled_from(["Temperature", "gs1:Temperature", "Mass", "https://example.com/what"])
UNITS = st.sampled_from(["CEL", "FAH", "KEL", "KGM", "GRM", "C62"])


def _with(content: Any, own: Any = OWN) -> Any:
    return st.tuples(content, own).map(lambda pair: {**pair[1], **pair[0]})


def _distinct(some: Any) -> Any:
    return st.lists(some, min_size=1, max_size=2, unique=True)


QUANTITIES = st.lists(
    st.fixed_dictionaries({"epcClass": CLASSES}, optional={"quantity": NUMBERS, "uom": UNITS}), min_size=1, max_size=2
)
METADATA = _with(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("time", "startTime", "endTime"), TIMES),
            **dict.fromkeys(("deviceID", "dataProcessingMethod", "bizRules"), DEVICES),
        },
    )
)
REPORTS = _with(
    st.fixed_dictionaries(
        {"type": MEASUREMENTS},
        optional={
            **dict.fromkeys(MEASURED, NUMBERS),
            **dict.fromkeys(("deviceID", "microorganism", "chemicalSubstance", "uriValue"), DEVICES),
            "uom": UNITS,
            "time": TIMES,
            "stringValue": st.sampled_from(["on", " on", "12.50"]),
            "booleanValue": st.booleans(),
            "hexBinaryValue": st.sampled_from(["f0", "F0", "10"]),
        },
    )
)
SENSORS = st.lists(
    _with(
        st.fixed_dictionaries(
            {"sensorReport": st.lists(REPORTS, min_size=1, max_size=2)}, optional={"sensorMetadata": METADATA}
        )
    ),
    max_size=2,
)
PLACED = _with(st.fixed_dictionaries({"id": PLACES}), st.one_of(st.just({}), st.dictionaries(FIELDS, SCALARS)))
ERRORS = _with(
    st.fixed_dictionaries(
        {"declarationTime": TIMES},
        optional={"reason": REASONS, "correctiveEventIDs": st.lists(EVENT_IDS, max_size=2)},
    )
)


def _typed(name: str, types: st.SearchStrategy[str], values: st.SearchStrategy[str]) -> Any:
    return st.lists(st.fixed_dictionaries({"type": types, name: values}), min_size=1, max_size=2)


TRANSACTION_TYPES = st.sampled_from(["po", "inv", "https://example.com/type"])
PARTY_TYPES = st.sampled_from(["owning_party", "possessing_party", "location"])
COMMON: dict[str, Any] = {
    "bizStep": STEPS,
    "disposition": DISPOSITIONS,
    "persistentDisposition": st.fixed_dictionaries(
        {"set": _distinct(DISPOSITIONS)}, optional={"unset": st.just(["active"])}
    ),
    "readPoint": PLACED,
    "bizLocation": PLACED,
    "bizTransactionList": _typed("bizTransaction", TRANSACTION_TYPES, ORDERS),
    "sourceList": _typed("source", PARTY_TYPES, PARTIES),
    "destinationList": _typed("destination", PARTY_TYPES, PARTIES),
    "errorDeclaration": ERRORS,
    "sensorElementList": SENSORS,
    "eventID": EVENT_IDS,
}
_WHEN = {"eventTime": TIMES, "eventTimeZoneOffset": st.just("+00:00")}


def _events(kind: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
    said = {"type": st.just(kind), **_WHEN, **required}
    beside = {name: values for name, values in (COMMON | optional).items() if name not in required}
    return _with(st.fixed_dictionaries(said, optional=beside))


_FAMILY = {"parentID": INSTANCES, "childQuantityList": QUANTITIES}
EVENTS: st.SearchStrategy[Event] = st.one_of(
    _events("ObjectEvent", {"action": ACTIONS, "epcList": _distinct(INSTANCES)}, {"quantityList": QUANTITIES}),
    _events("ObjectEvent", {"action": st.just("ADD"), "epcList": _distinct(INSTANCES)}, {"ilmd": OWN}),
    _events("AggregationEvent", {"action": ACTIONS, "childEPCs": _distinct(INSTANCES)}, _FAMILY),
    _events("AssociationEvent", {"action": ACTIONS, "childEPCs": _distinct(INSTANCES), "parentID": INSTANCES}, {}),
    _events(
        "TransactionEvent",
        {"action": ACTIONS, "epcList": _distinct(INSTANCES), "bizTransactionList": COMMON["bizTransactionList"]},
        {"parentID": INSTANCES, "quantityList": QUANTITIES},
    ),
    _events(
        "TransformationEvent",
        {"inputEPCList": _distinct(INSTANCES), "transformationID": ORDERS},
        {"outputEPCList": _distinct(INSTANCES), "inputQuantityList": QUANTITIES, "outputQuantityList": QUANTITIES},
    ),
    _events("ex:Inspection", {}, {"epcList": _distinct(INSTANCES), "action": ACTIONS, "ilmd": OWN}),
)
"""Well-formed events of all types, in all spellings, senders' own fields everywhere they may stand."""


def _listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(values, min_size=1, max_size=3, unique=True)


def _one(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return values.map(lambda value: [value])


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("_".join)


_FLAGS = _one(st.sampled_from(["true", "false", "1", ""]))
_AMOUNTS = NUMBERS.map(str)
_COMPARED = st.sampled_from(["GT", "GE", "LT", "LE"])
_BOUNDED = st.sampled_from(["GE", "LT"])
_AREAS = st.sampled_from(
    [
        "",
        "ILMD_",
        "ERROR_DECLARATION_",
        "SENSORELEMENT_",
        "SENSORMETADATA_",
        "SENSORREPORT_",
        "readPoint_",
        "bizLocation_",
    ]
)
_SPELLED = st.one_of(FIELDS, st.sampled_from([f"{EX}weight", f"{EX}#seal", f"{OTHER}weight", "unheard:weight"]))
_OWN_FIELDS = st.tuples(st.sampled_from(["", "", "INNER_"]), _AREAS, _SPELLED).map("".join)
_PLAIN = st.one_of(TEXTS, _AMOUNTS, st.sampled_from(["true", "false"]), INSTANCES)
_FITTING = st.one_of(INSTANCES, CLASSES, PATTERNS)
_ANY_TYPE = st.sampled_from(
    [
        *("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"),
        *("ex:Inspection", f"{EX}Inspection", "ex:Nothing"),
    ]
)
_MATCHING = st.sampled_from(
    [
        *(f"MATCH_{each}" for each in ("epc", "parentID", "inputEPC", "outputEPC", "anyEPC")),
        *(f"MATCH_{each}" for each in ("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass")),
    ]
)
_DESCRIBED = st.sampled_from(["cbvmda:countryCode", "urn:epcglobal:cbv:mda:name", "cbvmda:latitude", "ex:shade"])
_WORDS = {
    "type": MEASUREMENTS,
    **dict.fromkeys(("deviceID", "dataProcessingMethod", "bizRules"), DEVICES),
    **dict.fromkeys(("microorganism", "chemicalSubstance", "uriValue"), DEVICES),
    "stringValue": st.sampled_from(["on", " on", "12.5"]),
    "hexBinaryValue": st.sampled_from(["f0", "10"]),
    "booleanValue": st.sampled_from(["true", "false"]),
}

PARAMETERS: dict[str, st.SearchStrategy[tuple[str, Any]]] = {
    "type": st.tuples(st.just("eventType"), _listed(_ANY_TYPE)),
    "time": st.tuples(_joined(_BOUNDED, st.just("eventTime")), _one(TIMES)),
    "record time": st.tuples(_joined(_BOUNDED, st.just("recordTime")), MINUTES),
    "error time": st.tuples(_joined(_BOUNDED, st.just("errorDeclarationTime")), _one(TIMES)),
    "sensor time": st.tuples(_joined(_BOUNDED, st.sampled_from(["time", "startTime", "endTime"])), _one(TIMES)),
    "action": st.tuples(st.just("EQ_action"), _listed(ACTIONS)),
    "step": st.tuples(st.just("EQ_bizStep"), _listed(STEPS)),
    "disposition": st.tuples(st.just("EQ_disposition"), _listed(DISPOSITIONS)),
    "lasting": st.tuples(
        st.sampled_from(["EQ_persistentDisposition_set", "EQ_persistentDisposition_unset"]), _listed(DISPOSITIONS)
    ),
    "place": st.tuples(
        _joined(st.sampled_from(["EQ", "WD"]), st.sampled_from(["readPoint", "bizLocation"])), _listed(PLACES)
    ),
    "transformation": st.tuples(st.just("EQ_transformationID"), _listed(ORDERS)),
    "order": st.tuples(_joined(st.just("EQ_bizTransaction"), TRANSACTION_TYPES), _listed(ORDERS)),
    "party": st.tuples(_joined(st.sampled_from(["EQ_source", "EQ_destination"]), PARTY_TYPES), _listed(PARTIES)),
    "match": st.tuples(_MATCHING, _listed(_FITTING)),
    "quantity": st.tuples(_joined(_COMPARED, st.just("quantity")), _one(_AMOUNTS)),
    "quantities": st.tuples(_joined(st.just("EQ_quantity"), UNITS), _listed(_AMOUNTS)),
    "measured": st.tuples(_joined(_COMPARED, st.sampled_from(MEASURED)), _one(_AMOUNTS)),
    "measured in": st.tuples(_joined(_COMPARED, st.sampled_from(MEASURED), UNITS), _one(_AMOUNTS)),
    "sensor": st.one_of([st.tuples(st.just(f"EQ_{name}"), _listed(values)) for name, values in _WORDS.items()]),
    "exists": st.tuples(st.sampled_from(["EXISTS_errorDeclaration", "EXISTS_sensorElementList"]), _FLAGS),
    "reason": st.tuples(st.just("EQ_errorReason"), _listed(REASONS)),
    "corrective": st.tuples(st.just("EQ_correctiveEventID"), _listed(EVENT_IDS)),
    "id": st.tuples(st.just("EQ_eventID"), _listed(EVENT_IDS)),
    "field": st.tuples(st.tuples(st.just("EQ_"), _OWN_FIELDS).map("".join), _listed(_PLAIN)),
    "field exists": st.tuples(st.tuples(st.just("EXISTS_"), _OWN_FIELDS).map("".join), _FLAGS),
    "field compared": st.tuples(
        st.tuples(_COMPARED, st.just("_"), _OWN_FIELDS).map("".join), _one(st.one_of(_AMOUNTS, TIMES))
    ),
    "has attribute": st.tuples(st.sampled_from(["HASATTR_readPoint", "HASATTR_bizLocation"]), _listed(_DESCRIBED)),
    "attribute": st.tuples(
        _joined(st.sampled_from(["EQATTR_readPoint", "EQATTR_bizLocation"]), _DESCRIBED),
        _listed(st.sampled_from(["DE", "NL", "Hall", "53.5", "53.50"])),
    ),
}
"""By family, a parameter with its values; those of `record time` are minutes."""

ORDERED = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"orderBy": _one(st.sampled_from(["eventTime", "recordTime", "ex:weight", f"{OTHER}weight"]))},
        optional={"orderDirection": _one(st.sampled_from(["ASC", "DESC"]))},
    ),
)
"""An order, or none."""
