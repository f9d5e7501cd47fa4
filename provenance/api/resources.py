"""The resources of the registry and of trade: which acts are done where, at which level, on which records.

One table. A resource is a collection of records under its name; `POST` to it does the act that puts one on record,
`POST` to a verb of one of them does an act on it, `GET` reads. What an act takes is its own argument dataclass, less
what the path names. The ledger alone decides whether the caller's organisation may do it; a level says which of an
organisation's keys may try.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from provenance.api import handing, issuing
from provenance.api.doing import Door
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.keys import Gtin
from provenance.domain.records import (
    Batch,
    Case,
    Consignment,
    Declaration,
    Delegation,
    Deployment,
    Examination,
    Handover,
    Licence,
    Measure,
    Organisation,
    Place,
    Prefix,
    Product,
    Ratification,
    Recall,
    Record,
    Right,
    Rules,
    SsccRange,
)
from provenance.operations import Level

Reader = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that asks for the records under a term; `read` brings its value to the term's form."""

    term: str
    read: Reader = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A collection of records by its name in paths.

    `create` puts one on record, `verbs` act on one by its id, which `named` makes into arguments; `single` says that
    there is one record at most, without an id. `thing` says that ids are links, which paths may carry as they are.
    """

    name: str
    record: type[Record]
    title: str
    create: Door | None = None
    verbs: Mapping[str, Door] = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    read_id: Reader = str
    named: Callable[[str], Mapping[str, str]] | None = None
    shape: str = "segment"
    single: bool = False

    def arguments_of(self, identifier: str) -> Mapping[str, str]:
        """Return the arguments that the id in a path gives to an act on the thing."""
        return {self.record.kind: identifier} if self.named is None else self.named(identifier)


def _delegation(identifier: str) -> Mapping[str, str]:
    prefix, _, delegate = identifier.partition("/")
    return {"prefix": prefix, "delegate": delegate}


def _gtin(text: str) -> str:
    return str(Gtin.parse(text))


_ITEM = {"item": Filter("item", identify)}
_RIGHT = {"right": Filter("right")}

RESOURCES: Sequence[Resource] = (
    Resource(
        name="organisations",
        record=Organisation,
        title="Members with their roles, jurisdictions and company prefixes, granted by the stewards",
        create=Door("registry:enrol", level=Level.ADMIN),
        filters={"prefix": Filter("prefix")},
    ),
    Resource(
        name="rules",
        record=Rules,
        title="The thresholds that verdicts are made under",
        create=Door("registry:set_rules", level=Level.ADMIN),
        single=True,
    ),
    Resource(name="deployment", record=Deployment, title="Who the stewards are, fixed at the founding", single=True),
    Resource(name="prefixes", record=Prefix, title="GS1 company prefixes and who holds them"),
    Resource(
        name="delegations",
        record=Delegation,
        title="Who else issues keys under a holder's prefix; the id is `prefix/organisation`",
        create=Door("registry:delegate_prefix"),
        verbs={"end": Door("registry:end_delegation")},
        named=_delegation,
    ),
    Resource(
        name="places",
        record=Place,
        title="Registered places; the id is the link of their GLN",
        create=Door("registry:register_place"),
        read_id=identify,
        shape="thing",
    ),
    Resource(
        name="rights",
        record=Right,
        title="Intellectual property, declared by holders and confirmed by offices",
        create=Door("registry:declare_right"),
        verbs={
            "confirm": Door("registry:confirm_right"),
            "renew": Door("registry:renew_right"),
            "end": Door("registry:end_right"),
        },
        filters={"holder": Filter("holder")},
    ),
    Resource(
        name="licences",
        record=Licence,
        title="What holders permit makers to do",
        create=Door("registry:grant_licence"),
        verbs={"end": Door("registry:end_licence")},
        filters=_RIGHT,
    ),
    Resource(
        name="ratifications",
        record=Ratification,
        title="What holders consented to afterwards",
        create=Door("registry:ratify"),
        filters=_RIGHT,
    ),
    Resource(
        name="products",
        record=Product,
        title="Trade items by GTIN",
        create=Door("products:register"),
        filters={"brand": Filter("brand")},
        read_id=_gtin,
    ),
    Resource(
        name="batches",
        record=Batch,
        title="Issued serials: ranges, or hashes of random ones",
        create=Door("products:issue_serials", adds=issuing.RANDOM, tells=issuing.TOLD, complete=issuing.serials),
        filters={"gtin": Filter("range", _gtin)},
    ),
    Resource(
        name="sscc-ranges",
        record=SsccRange,
        title="Issued ranges of logistic unit codes",
        create=Door("products:issue_ssccs"),
        filters={"prefix": Filter("sscc")},
    ),
    Resource(
        name="recalls",
        record=Recall,
        title="Products, lots and serials that brands call back",
        create=Door("products:recall"),
        verbs={"lift": Door("products:lift_recall")},
        filters={"gtin": Filter("recall", _gtin)},
    ),
    Resource(
        name="handovers",
        record=Handover,
        title="Offers of custody and their answers",
        create=Door("custody:offer", adds=handing.EVENT, omits=handing.MADE, complete=handing.offer),
        verbs={
            "accept": Door(
                "custody:accept",
                adds=handing.EVENT,
                omits=handing.MADE,
                complete=handing.accept,
            ),
            "reject": Door("custody:reject"),
            "void": Door(
                "custody:void",
                adds=handing.EVENT,
                omits=handing.MADE,
                complete=handing.void,
            ),
        },
        filters=_ITEM,
    ),
    Resource(
        name="consignments",
        record=Consignment,
        title="Goods that cross borders together, by Unique Consignment Reference",
        create=Door("customs:open_consignment"),
        filters=_ITEM,
    ),
    Resource(
        name="declarations",
        record=Declaration,
        title="Customs declarations; the id is `country/number`",
        create=Door("customs:lodge_declaration"),
        filters={"consignment": Filter("consignment")},
    ),
    Resource(
        name="measures",
        record=Measure,
        title="What customs and courts do with goods",
        create=Door("customs:impose"),
        verbs={"lift": Door("customs:lift")},
        filters=_ITEM,
    ),
    Resource(
        name="cases",
        record=Case,
        title="What right holders pursue, before a court where one is named",
        create=Door("enforcement:open_case"),
        verbs={"close": Door("enforcement:close_case")},
        filters={**_ITEM, **_RIGHT},
    ),
    Resource(
        name="examinations",
        record=Examination,
        title="What was found about items in hand",
        create=Door("enforcement:examine"),
        filters=_ITEM,
    ),
)
"""Every resource, in the order of the description."""


def doors() -> dict[str, Door]:
    """Return every act that has a door, by its name."""
    found = [each.create for each in RESOURCES if each.create is not None]
    found += [door for each in RESOURCES for door in each.verbs.values()]
    return {door.act: door for door in found}


WITHOUT_DOOR: Mapping[str, str] = {
    "registry:found": "a ledger is founded once, before its gateway opens",
}
"""Acts that have no door, and why."""
