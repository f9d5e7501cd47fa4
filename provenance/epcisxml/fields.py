"""The elements of the standard's events (EPCglobal-epcis-2_0.xsd), declared once for reading and writing."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from provenance.domain.epcis import vocabulary

OLD_VOC: Final = ("https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "http://www.gs1.org/voc/")
"""What the GS1 web vocabulary was called in earlier XML documents."""


class Kind(StrEnum):
    """What an element of an event holds."""

    TEXT = "text"
    WORD = "word"
    TEXTS = "texts"
    EPCS = "epcs"
    QUANTITIES = "quantities"
    TYPED = "typed"
    PLACE = "place"
    DISPOSITIONS = "dispositions"
    SENSORS = "sensors"
    ERROR = "error"
    ILMD = "ilmd"


KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "action"), Kind.TEXT),
    **dict.fromkeys(("parentID", "transformationID"), Kind.TEXT),
    "certificationInfo": Kind.TEXTS,
    **dict.fromkeys(("bizStep", "disposition"), Kind.WORD),
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), Kind.EPCS),
    **dict.fromkeys(("quantityList", "childQuantityList"), Kind.QUANTITIES),
    **dict.fromkeys(("inputQuantityList", "outputQuantityList"), Kind.QUANTITIES),
    **dict.fromkeys(("bizTransactionList", "sourceList", "destinationList"), Kind.TYPED),
    **dict.fromkeys(("readPoint", "bizLocation"), Kind.PLACE),
    "persistentDisposition": Kind.DISPOSITIONS,
    "sensorElementList": Kind.SENSORS,
    "errorDeclaration": Kind.ERROR,
    "ilmd": Kind.ILMD,
}

WORDS: Final[Mapping[str, vocabulary.WordList]] = {
    "bizStep": vocabulary.BIZ_STEP,
    "disposition": vocabulary.DISPOSITION,
    "set": vocabulary.DISPOSITION,
    "unset": vocabulary.DISPOSITION,
    "reason": vocabulary.ERROR_REASON,
    "bizTransaction": vocabulary.BIZ_TRANSACTION_TYPE,
    "source": vocabulary.SOURCE_DEST_TYPE,
    "destination": vocabulary.SOURCE_DEST_TYPE,
}
"""The closed list of each word by its element; of `bizTransaction`, `source` and `destination`, of their `type`."""

SENSOR_WORDS: Final[Mapping[str, vocabulary.WordList]] = {
    "type": vocabulary.MEASUREMENT_TYPE,
    "exception": vocabulary.SENSOR_ALERT,
    "component": vocabulary.COMPONENT,
}
METADATA: Final = (
    *("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"),
)
NUMBERS: Final = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
REPORT: Final = (
    *("type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "time"),
    *("microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue"),
    *("uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom"),
    "coordinateReferenceSystem",
)

_FIRST: Final = (
    *("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo"),
)
_WHAT: Final = ("bizStep", "disposition", "readPoint", "bizLocation")
_LAST: Final = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")
ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "ObjectEvent": (*_FIRST, "epcList", "action", *_WHAT, "bizTransactionList", "quantityList", *_LAST, "ilmd"),
    "AggregationEvent": (
        *(*_FIRST, "parentID", "childEPCs", "action", *_WHAT, "bizTransactionList", "childQuantityList", *_LAST),
    ),
    "TransactionEvent": (
        *(*_FIRST, "bizTransactionList", "parentID", "epcList", "action", *_WHAT, "quantityList", *_LAST),
    ),
    "TransformationEvent": (
        *(*_FIRST, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID"),
        *(*_WHAT, "bizTransactionList", *_LAST, "ilmd"),
    ),
    "AssociationEvent": (
        *(*_FIRST, "parentID", "childEPCs", "childQuantityList", "action", *_WHAT, "bizTransactionList", *_LAST),
    ),
}
"""The elements of each event type in the order of the schema."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "ObjectEvent": ("epcList",),
    "AggregationEvent": ("childEPCs",),
    "TransactionEvent": ("epcList",),
}
"""Lists that the schema requires even where they are empty."""
