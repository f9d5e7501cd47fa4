"""Made-up events for property tests: every field, identifiers in all forms, nested extensions."""

from datetime import datetime

from hypothesis import strategies as st

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EX = "https://ns.example.com/epcis/"
OTHER = "https://other.example.com/"
CONTEXT = [URL, {"ex": EX, "other": OTHER}]

SERIALS = st.from_regex(r"[A-Za-z0-9\-_.]{1,12}", fullmatch=True)
EPCS = st.one_of(
    SERIALS.map("urn:epc:id:sgtin:9521321.012345.{}".format),
    SERIALS.map("https://dealer.example.com/some/path/01/09521321123452/21/{}?a=b".format),
    st.integers(0, 999_999_999).map("urn:epc:id:sscc:9521321.1{:09}".format),
    SERIALS.map("urn:epc:class:lgtin:9521321.012345.{}".format),
    SERIALS.map("urn:example:{}".format),
)
NUMBERS = st.integers(-999_999, 999_999) | st.integers(-99_999, 99_999).map(lambda each: each / 1000)
PLAIN = st.from_regex(r"v[a-z ]{0,6}", fullmatch=True) | NUMBERS | NUMBERS.map(str) | EPCS | st.just("")
NAMES = st.from_regex(r"(?:ex|other):[a-z]{1,4}(?:List)?|[a-z]{1,3}x", fullmatch=True)
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
EXTENSIONS = st.dictionaries(st.from_regex(r"(?:ex|other):[a-z]{1,4}", fullmatch=True), NESTED, max_size=3)
QUANTITIES = st.lists(
    st.fixed_dictionaries({"epcClass": EPCS}, optional={"quantity": NUMBERS, "uom": st.just("KGM")}), max_size=3
)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).filter(  # noqa: DTZ001  hypothesis makes naive ones
    lambda each: each.microsecond % 1000 != 500 and each.microsecond < 999_500
)


def some(name: str, *types: str) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(
        st.tuples(st.sampled_from(types), EPCS).map(lambda pair: {"type": pair[0], name: pair[1]}), max_size=3
    )


EVENTS = st.tuples(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["ObjectEvent", "AggregationEvent", "TransformationEvent"]),
            "eventTime": st.tuples(TIMES, st.sampled_from(["Z", "+08:00", "-03:30"])).map(
                lambda pair: pair[0].isoformat(timespec="microseconds") + pair[1]
            ),
            "eventTimeZoneOffset": st.sampled_from(["+00:00", "-06:00"]),
        },
        optional={
            **{name: st.lists(EPCS, max_size=4) for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList")},
            **dict.fromkeys(
                ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), QUANTITIES
            ),
            "parentID": EPCS,
            "action": st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
            "bizStep": st.sampled_from(
                ["shipping", "https://ref.gs1.org/cbv/BizStep-packing", "https://example.com/step"]
            ),
            "disposition": st.sampled_from(["active", "in_transit"]),
            "persistentDisposition": st.just({"unset": ["active"], "set": ["recalled", "stolen"]}),
            "readPoint": EPCS.map(lambda each: {"id": each}),
            "bizTransactionList": some("bizTransaction", "po", "desadv", "https://example.com/type"),
            "sourceList": some("source", "location", "owning_party"),
            "destinationList": some("destination", "location", "possessing_party"),
            "ilmd": EXTENSIONS,
        },
    ),
    EXTENSIONS,
).map(lambda pair: pair[0] | pair[1])
