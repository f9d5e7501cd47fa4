"""Rights from declaration to end, and the offices that confirm and renew them."""

from datetime import date, timedelta

import pytest

from provenance.domain.errors import DomainError
from provenance.domain.records import Right
from tests.domain.acts.scene import NOON, RIGHT, do


def test_an_ended_right_is_neither_licensed_nor_renewed_but_its_licences_can_end(world):
    do(world, "OfficeCN", "registry:end_right", right="cn-mark", ended_as="invalidated")
    with pytest.raises(DomainError, match="invalidated") as refusal:
        do(world, "OfficeCN", "registry:renew_right", right="cn-mark", expires="2050-01-01")
    assert refusal.value.code == "right.ended"
    do(world, "Brand", "registry:end_licence", licence="l-1")


def test_a_right_is_declared_then_confirmed_with_its_number(world):
    do(world, "OfficeCN", "registry:confirm_right", right="cn-new", registration_number="12345678")
    right = world.get(Right, "cn-new")
    assert right.confirmed.by == "OfficeCN"
    assert right.declared.by == "Brand"
    assert right.registration_number == "12345678"


@pytest.mark.parametrize(
    ("office", "territory"), [("EM", "EU"), ("EM", "DE"), ("BX", "BX"), ("WO", "CN"), ("CN", "CN")]
)
def test_an_office_has_its_territories(world, office, territory):
    do(world, "Brand", "registry:declare_right", right="r", **{**RIGHT, "office": office, "territory": territory})
    assert world.get(Right, "r").territory == territory


def test_a_renewal_keeps_its_stamp(world):
    do(
        world,
        "OfficeCN",
        "registry:renew_right",
        right="cn-mark",
        expires="2040-01-01",
        effective=NOON - timedelta(days=3),
    )
    right = world.get(Right, "cn-mark")
    assert (right.expires, right.renewed.by) == (date(2040, 1, 1), "OfficeCN")
    assert right.renewed.effective == NOON - timedelta(days=3)
