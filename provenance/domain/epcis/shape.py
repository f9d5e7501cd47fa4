"""The form of EPCIS 2.0 events and documents in JSON, declared once (ISO/IEC 19987:2024, the standard's JSON schema).

It follows the standard's schema with formats asserted, and is stricter where the standard's text is: a field that is
not the standard's needs a declared prefix wherever extensions may stand (in readings of sensors, places and ilmd too),
and what the schema leaves untyped but the standard types (`persistentDisposition` of every event) is typed.
"""

from collections.abc import Mapping
from typing import Any, Final

from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.checking import Check, compiled, is_uri
from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.form import (
    AnyOf,
    Anything,
    Boolean,
    Form,
    Issue,
    Listing,
    Mapped,
    Names,
    Numeric,
    OneOf,
    Record,
    Repeats,
    Rule,
    Text,
    Time,
    Uri,
    Word,
    schema,
)

_URI: Final = Uri()
_OLD_WORDS: Final = ("urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
_WEB_VOCABULARY: Final = tuple(
    f"{scheme}://{host}gs1.org/voc/" for scheme in ("http", "https") for host in ("", "www.")
)
_NUMBER: Final = Numeric()
_TIME: Final = Time()

_CONTEXT: Final = AnyOf((Listing(AnyOf((_URI, Mapped())), repeats=Repeats.REFUSED), _URI, Mapped()))
_PLACE: Final = Record({"id": _URI}, ("id",), Names.EXTENSIONS)
_QUANTITY: Final = Record({"epcClass": _URI, "quantity": _NUMBER, "uom": Text("[A-Z0-9]{2,3}")}, ("epcClass",))
_QUANTITIES: Final = Listing(_QUANTITY)
_EPCS: Final = Listing(_URI)
_DISTINCT_EPCS: Final = Listing(_URI, repeats=Repeats.REFUSED)
_DISPOSITION: Final = Word(vocabulary.DISPOSITION, _OLD_WORDS)
_DISPOSITIONS: Final = Listing(_DISPOSITION, least=1, repeats=Repeats.REFUSED)
_ACTION: Final = OneOf(("OBSERVE", "ADD", "DELETE"))


def _one_of_both(value: Mapping[str, Any]) -> Issue | None:
    return None if value else Issue("", "epcis.missing", "expected 'set', 'unset' or both")


_PERSISTENT: Final = Record(
    {"set": _DISPOSITIONS, "unset": _DISPOSITIONS},
    rules=(Rule(_one_of_both, {"anyOf": [{"required": ["set"]}, {"required": ["unset"]}]}),),
)
_ERROR: Final = Record(
    {
        "declarationTime": _TIME,
        "reason": Word(vocabulary.ERROR_REASON, _OLD_WORDS),
        "correctiveEventIDs": Listing(_URI),
    },
    ("declarationTime",),
    Names.EXTENSIONS,
)
_SOURCE_DEST_TYPE: Final = Word(vocabulary.SOURCE_DEST_TYPE, _OLD_WORDS)
_TRANSACTION: Final = Record(
    {"type": Word(vocabulary.BIZ_TRANSACTION_TYPE, _OLD_WORDS), "bizTransaction": _URI}, ("bizTransaction",)
)
_METADATA: Final = Record(
    {
        **dict.fromkeys(("time", "startTime", "endTime"), _TIME),
        **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _URI),
    },
    names=Names.EXTENSIONS,
)
_REPORT: Final = Record(
    {
        "type": Word(vocabulary.MEASUREMENT_TYPE, _WEB_VOCABULARY),
        "exception": Word(vocabulary.SENSOR_ALERT, _WEB_VOCABULARY),
        **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), _URI),
        **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), _URI),
        **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), _NUMBER),
        "time": _TIME,
        "component": Word(vocabulary.COMPONENT, _OLD_WORDS),
        "stringValue": Text(),
        "booleanValue": Boolean(),
        "hexBinaryValue": Text("[A-Fa-f0-9]+"),
        "uom": Text(),
    },
    ("type",),
    Names.EXTENSIONS,
)
_SENSOR: Final = Record(
    {"sensorMetadata": _METADATA, "sensorReport": Listing(_REPORT, least=1)}, ("sensorReport",), Names.EXTENSIONS
)
_COMMON: Final[Mapping[str, Form]] = {
    "@context": _CONTEXT,
    "eventTime": _TIME,
    "recordTime": _TIME,
    "eventTimeZoneOffset": Text("[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)"),
    "eventID": _URI,
    "certificationInfo": AnyOf((_URI, Listing(_URI))),
    "errorDeclaration": _ERROR,
    "bizStep": Word(vocabulary.BIZ_STEP, _OLD_WORDS),
    "disposition": _DISPOSITION,
    "persistentDisposition": _PERSISTENT,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": Listing(_TRANSACTION),
    "sourceList": Listing(Record({"type": _SOURCE_DEST_TYPE, "source": _URI}, ("type", "source"))),
    "destinationList": Listing(Record({"type": _SOURCE_DEST_TYPE, "destination": _URI}, ("type", "destination"))),
    "sensorElementList": Listing(_SENSOR),
}
_REQUIRED: Final = ("type", "eventTime", "eventTimeZoneOffset")
_ILMD: Final[Form] = Record({}, names=Names.EXTENSIONS)


def _event(name: str, own: Mapping[str, Form], required: tuple[str, ...], *rules: Rule) -> Record:
    return Record({"type": OneOf((name,)), **_COMMON, **own}, (*_REQUIRED, *required), Names.EXTENSIONS, rules)


def _filled(event: Mapping[str, Any], *lists: str) -> bool:
    for name in lists:  # noqa: SIM110 - a generator costs more than the look-ups
        if event.get(name):
            return True
    return False


def _object_content(event: Mapping[str, Any]) -> Issue | None:
    sensed = event.get("sensorElementList") and "readPoint" in event
    if "epcList" in event or _filled(event, "quantityList") or sensed:
        return None
    return Issue("", "epcis.missing", "expected an epcList, a quantityList, or sensor data with a readPoint")


def _ilmd_on_add(event: Mapping[str, Any]) -> Issue | None:
    if "ilmd" not in event or event.get("action") == "ADD":
        return None
    return Issue("/ilmd", "epcis.value", "ilmd belongs to events with action ADD")


def _children(event: Mapping[str, Any]) -> Issue | None:
    if _filled(event, "childEPCs", "childQuantityList") or event.get("action") == "DELETE":
        return None
    return Issue("", "epcis.missing", "expected childEPCs or a childQuantityList, unless the action is DELETE")


def _transacted(event: Mapping[str, Any]) -> Issue | None:
    if "epcList" in event or _filled(event, "quantityList") or event.get("action") == "DELETE":
        return None
    return Issue("", "epcis.missing", "expected an epcList or a quantityList, unless the action is DELETE")


def _transformed(event: Mapping[str, Any]) -> Issue | None:
    inputs, outputs = _filled(event, *_INPUTS), _filled(event, *_OUTPUTS)
    if (inputs and outputs) or ((inputs or outputs) and "transformationID" in event):
        return None
    return Issue("", "epcis.missing", "expected inputs and outputs, or one of them with a transformationID")


_INPUTS: Final = ("inputEPCList", "inputQuantityList")
_OUTPUTS: Final = ("outputEPCList", "outputQuantityList")


def _has(*names: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [name], "properties": {name: {"minItems": 1}}} for name in names]}


_DELETE: Final = {"properties": {"action": {"const": "DELETE"}}}
_OBJECT_CONTENT: Final = Rule(
    _object_content,
    {"anyOf": [{"required": ["epcList"]}, _has("quantityList"), {"required": ["sensorElementList", "readPoint"]}]},
)
_ILMD_ON_ADD: Final = Rule(
    _ilmd_on_add, {"anyOf": [{"properties": {"action": {"const": "ADD"}}}, {"not": {"required": ["ilmd"]}}]}
)
_HAS_CHILDREN: Final = Rule(_children, {"anyOf": [_has("childEPCs", "childQuantityList"), _DELETE]})
_HAS_OBJECTS: Final = Rule(_transacted, {"anyOf": [{"required": ["epcList"]}, _has("quantityList"), _DELETE]})
_HAS_BOTH_SIDES: Final = Rule(
    _transformed,
    {
        "anyOf": [
            {"allOf": [_has(*_INPUTS), _has(*_OUTPUTS)]},
            {"required": ["transformationID"], **_has(*_INPUTS, *_OUTPUTS)},
        ]
    },
)
_FAMILY: Final[Mapping[str, Form]] = {
    "parentID": _URI,
    "childEPCs": _EPCS,
    "childQuantityList": _QUANTITIES,
    "action": _ACTION,
}

EVENTS: Final[Mapping[str, Record]] = {
    "ObjectEvent": _event(
        "ObjectEvent",
        {"epcList": _DISTINCT_EPCS, "quantityList": _QUANTITIES, "action": _ACTION, "ilmd": _ILMD},
        ("action",),
        _OBJECT_CONTENT,
        _ILMD_ON_ADD,
    ),
    "AggregationEvent": _event("AggregationEvent", _FAMILY, ("action",), _HAS_CHILDREN),
    "TransactionEvent": _event(
        "TransactionEvent",
        {
            "parentID": _URI,
            "epcList": _EPCS,
            "quantityList": _QUANTITIES,
            "action": _ACTION,
            "bizTransactionList": Listing(_TRANSACTION, least=1),
        },
        ("action", "bizTransactionList"),
        _HAS_OBJECTS,
    ),
    "TransformationEvent": _event(
        "TransformationEvent",
        {
            "inputEPCList": _DISTINCT_EPCS,
            "inputQuantityList": _QUANTITIES,
            "outputEPCList": _DISTINCT_EPCS,
            "outputQuantityList": _QUANTITIES,
            "transformationID": _URI,
            "ilmd": _ILMD,
        },
        (),
        _HAS_BOTH_SIDES,
    ),
    "AssociationEvent": _event("AssociationEvent", _FAMILY, ("action", "parentID"), _HAS_CHILDREN),
}
"""The five event types."""

EXTENDED_EVENT: Final = Record(
    {
        **{name: form for event in EVENTS.values() for name, form in event.fields.items()},
        "epcList": _EPCS,
        "type": _URI,
    },
    _REQUIRED,
    Names.EXTENSIONS,
)
"""An event of a type of somebody's own: what the standard names has the standard's form."""

_VOCABULARY_ELEMENT: Final = Record(
    {
        "id": _URI,
        "attributes": Listing(
            Record({"id": _URI, "attribute": AnyOf((Text(), _NUMBER, Mapped()))}, ("id",), Names.ANY)
        ),
        "children": Listing(_URI),
    },
    ("id",),
    Names.ANY,
)
_VOCABULARIES: Final = Listing(
    Record({"type": _URI, "vocabularyElementList": Listing(_VOCABULARY_ELEMENT)}, ("type",), Names.ANY)
)
_HEADER: Final = Record(
    {"epcisMasterData": Record({"vocabularyList": _VOCABULARIES}, names=Names.ANY)}, names=Names.EXTENSIONS
)
_EVENT_LIST: Final = Listing(Anything())
_ENVELOPE: Final[Mapping[str, Form]] = {
    "@context": _CONTEXT,
    "id": _URI,
    "schemaVersion": Text(r"[0-9]+(?:\.[0-9]+)*"),
    "creationDate": _TIME,
}

DOCUMENT: Final = Record(
    {
        **_ENVELOPE,
        "type": OneOf(("EPCISDocument",)),
        "instanceIdentifier": Text(),
        "sender": Text(),
        "receiver": Text(),
        "epcisHeader": _HEADER,
        "epcisBody": Record({"eventList": _EVENT_LIST}, ("eventList",), Names.ANY),
    },
    ("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
    Names.EXTENSIONS,
)
_RESULTS: Final = Record(
    {
        "queryName": Text(),
        "subscriptionID": Text(),
        "resultsBody": Record(
            {"eventList": _EVENT_LIST, "vocabularyList": _VOCABULARIES}, ("eventList",), Names.EXTENSIONS
        ),
    },
    ("queryName", "resultsBody"),
    Names.EXTENSIONS,
)
QUERY_DOCUMENT: Final = Record(
    {
        **_ENVELOPE,
        "type": OneOf(("EPCISQueryDocument",)),
        "epcisBody": Record({"queryResults": _RESULTS}, ("queryResults",), Names.EXTENSIONS),
    },
    ("@context", "type", "epcisBody"),
    Names.EXTENSIONS,
)

_EVENT_CHECKS: Final[Mapping[str, Check]] = {name: compiled(form) for name, form in EVENTS.items()}
_EXTENDED_CHECK: Final = compiled(EXTENDED_EVENT)
_DOCUMENT_CHECKS: Final = {"EPCISDocument": compiled(DOCUMENT), "EPCISQueryDocument": compiled(QUERY_DOCUMENT)}


def event_issues(event: Any, scope: Scope) -> list[Issue]:
    """Return everything that is wrong with an event under its effective context; nothing where it is well-formed."""
    kind = event.get("type") if type(event) is dict else None
    if type(kind) is not str:
        return _untyped(event)
    check = _EVENT_CHECKS.get(kind)
    if check is not None:
        return check(event, scope) or []
    return (_EXTENDED_CHECK(event, scope) or []) + _own_type(kind, scope)


def envelope_issues(document: Mapping[str, Any], scope: Scope) -> list[Issue]:
    """Return everything that is wrong with a document (`EPCISDocument`, `EPCISQueryDocument`) but for its events."""
    return _DOCUMENT_CHECKS[document["type"]](document, scope) or []


def declaration() -> dict[str, dict[str, Any]]:
    """Return the events and documents as JSON Schema, by the names of their types."""
    events = {name: schema(form) for name, form in EVENTS.items()}
    choice = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in events]}
    documents = {"EPCISDocument": schema(DOCUMENT), "EPCISQueryDocument": schema(QUERY_DOCUMENT)}
    documents["EPCISDocument"]["properties"]["epcisBody"]["properties"]["eventList"]["items"] = choice
    results = documents["EPCISQueryDocument"]["properties"]["epcisBody"]["properties"]["queryResults"]
    results["properties"]["resultsBody"]["properties"]["eventList"]["items"] = choice
    return events | documents


def _untyped(event: Any) -> list[Issue]:
    if type(event) is not dict:
        return [Issue("", "epcis.type", "an event is an object")]
    if "type" not in event:
        return [Issue("", "epcis.missing", "missing field 'type'")]
    return [Issue("/type", "epcis.type", "the type of an event is a string")]


def _own_type(kind: str, scope: Scope) -> list[Issue]:
    if not is_uri(kind) or scope.declares(kind):
        return []
    return [Issue("/type", "epcis.undeclared_prefix", f"the prefix of {kind!r} is not declared in @context")]
