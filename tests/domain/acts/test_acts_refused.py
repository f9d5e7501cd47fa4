"""Acts that are refused because of what is on record: nothing is overwritten, invented, or ended twice."""

import pytest

from provenance.domain.errors import DomainError
from tests.domain.acts.scene import GTIN, ITEM, NL_DECLARATION, PRODUCT, ROTTERDAM, UCR, checked, do, event

HASH = "0" * 64


@pytest.mark.parametrize(
    ("by", "act", "arguments", "code"),
    [
        ("Brand", "registry:delegate_prefix", {"prefix": "9521000", "delegate": "Maker"}, "delegation.exists"),
        ("Brand", "registry:delegate_prefix", {"prefix": "9521000", "delegate": "Nobody"}, "organisation.unknown"),
        ("Brand", "registry:delegate_prefix", {"prefix": "9521001", "delegate": "Maker"}, "prefix.unknown"),
        ("Brand", "registry:end_delegation", {"prefix": "9521000", "delegate": "Carrier"}, "delegation.unknown"),
        (
            "Brand",
            "registry:register_place",
            {"place": ROTTERDAM, "name": "Quay", "place_kind": "port", "country": "NL"},
            "place.exists",
        ),
        ("OfficeCN", "registry:confirm_right", {"right": "cn-mark"}, "right.confirmed"),
        ("OfficeCN", "registry:renew_right", {"right": "cn-mark", "expires": "2030-01-01"}, "right.term"),
        (
            "Brand",
            "registry:grant_licence",
            {"licence": "l-1", "right": "cn-mark", "licensee": "Maker", "starts": "2026-01-01"},
            "licence.exists",
        ),
        (
            "Brand",
            "registry:grant_licence",
            {"licence": "l-9", "right": "cn-mark", "licensee": "Nobody", "starts": "2026-01-01"},
            "organisation.unknown",
        ),
        ("Brand", "registry:end_licence", {"licence": "l-9"}, "licence.unknown"),
        ("Brand", "products:register", {"gtin": GTIN, **PRODUCT}, "product.exists"),
        (
            "Brand",
            "products:register",
            {**PRODUCT, "gtin": checked("0952100000003"), "rights": ["nothing"]},
            "right.unknown",
        ),
        ("Maker", "products:issue_serials", {"batch": "b-1", "gtin": GTIN, "hashes": [HASH]}, "batch.exists"),
        (
            "Maker",
            "products:issue_serials",
            {"batch": "b-9", "gtin": checked("0952100000003"), "hashes": [HASH]},
            "product.unknown",
        ),
        ("Brand", "products:recall", {"recall": "r-1", "gtin": GTIN, "reason": "again"}, "recall.exists"),
        ("Brand", "products:lift_recall", {"recall": "r-9"}, "recall.unknown"),
        (
            "Brand",
            "custody:offer",
            {"handover": "h-1", "items": [ITEM], "receiver": "Carrier", "events": event("shipping")},
            "handover.exists",
        ),
        (
            "Brand",
            "custody:offer",
            {"handover": "h-9", "items": [ITEM], "receiver": "Brand", "events": event("shipping")},
            "handover.receiver",
        ),
        (
            "Brand",
            "custody:offer",
            {"handover": "h-9", "items": [ITEM], "receiver": "Nobody", "events": event("shipping")},
            "organisation.unknown",
        ),
        ("Carrier", "custody:accept", {"handover": "h-9", "events": event("receiving")}, "handover.unknown"),
        (
            "Carrier",
            "customs:lodge_declaration",
            {"country": "NL", "number": NL_DECLARATION, "consignment": UCR, "procedure": "import"},
            "declaration.exists",
        ),
        (
            "CustomsNL",
            "customs:impose",
            {"measure": "m-1", "measure_kind": "seize", "reason": "x", "items": [ITEM], "place": ROTTERDAM},
            "measure.exists",
        ),
        (
            "CustomsNL",
            "customs:impose",
            {
                "measure": "m-2",
                "measure_kind": "seize",
                "reason": "x",
                "items": [ITEM],
                "place": f"https://id.gs1.org/414/{checked('952100000008')}",
            },
            "place.unknown",
        ),
        (
            "Brand",
            "enforcement:open_case",
            {"case": "c-2", "right": "cn-mark", "items": [ITEM], "docket": "1", "court": "Carrier"},
            "case.court",
        ),
        ("Brand", "enforcement:open_case", {"case": "c-1", "right": "cn-mark", "items": [ITEM]}, "case.exists"),
        ("Brand", "enforcement:close_case", {"case": "c-9"}, "case.unknown"),
    ],
)
def test_what_is_on_record_is_neither_overwritten_nor_invented(world, by, act, arguments, code):
    with pytest.raises(DomainError) as refusal:
        do(world, by, act, **arguments)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("by", "act", "arguments", "code"),
    [
        ("Brand", "registry:end_delegation", {"prefix": "9521000", "delegate": "Maker"}, "delegation.ended"),
        ("OfficeCN", "registry:end_right", {"right": "cn-mark", "ended_as": "revoked"}, "right.ended"),
        ("Brand", "registry:end_right", {"right": "cn-mark", "ended_as": "surrendered"}, "right.ended"),
        ("Brand", "registry:end_licence", {"licence": "l-1"}, "licence.ended"),
        ("Brand", "products:lift_recall", {"recall": "r-1"}, "recall.lifted"),
        ("Carrier", "custody:accept", {"handover": "h-1", "events": event("receiving")}, "handover.answered"),
        ("Carrier", "custody:reject", {"handover": "h-1", "reason": "late"}, "handover.answered"),
        ("Brand", "custody:void", {"handover": "h-1", "events": event("void_shipping")}, "handover.answered"),
        ("CustomsNL", "customs:lift", {"measure": "m-1"}, "measure.lifted"),
        ("Brand", "enforcement:close_case", {"case": "c-1"}, "case.closed"),
    ],
)
def test_what_has_ended_does_not_end_again(world, by, act, arguments, code):
    do(world, by, act, **arguments)
    with pytest.raises(DomainError) as refusal:
        do(world, by, act, **arguments)
    assert refusal.value.code == code
