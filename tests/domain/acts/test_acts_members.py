"""Members, their prefixes and delegates, and the rules in force."""

from datetime import timedelta

import pytest

from provenance.domain.errors import DomainError
from provenance.domain.records import Delegation, Organisation, Prefix, Rules
from tests.domain.acts.scene import GTIN, NOON, PRODUCT, checked, do


def test_enrolling_again_amends_and_frees_the_prefixes_left_out(world):
    do(
        world,
        "Steward",
        "registry:enrol",
        organisation="Brand",
        name="Brand Two",
        roles=["brand"],
        prefixes=["9521777"],
    )
    assert world.get(Organisation, "Brand").prefixes == ("9521777",)
    assert world.get(Prefix, "9521000").ended is not None
    with pytest.raises(DomainError) as refusal:
        do(world, "Brand", "products:issue_serials", batch="b-2", gtin=GTIN, first="1", last="2")
    assert refusal.value.code == "authority.prefix"


def test_a_prefix_moves_only_after_its_holder_was_enrolled_without_it(world):
    taking = {"organisation": "Rival", "name": "Rival", "roles": ["brand"], "prefixes": ["9521999", "9521000"]}
    with pytest.raises(DomainError) as refusal:
        do(world, "Steward", "registry:enrol", **taking)
    assert refusal.value.code == "prefix.held"
    do(world, "Steward", "registry:enrol", organisation="Brand", name="Brand", roles=["brand"])
    do(world, "Steward", "registry:enrol", **taking)
    assert world.get(Prefix, "9521000").holder == "Rival"
    with pytest.raises(DomainError) as refusal:
        do(world, "Maker", "products:issue_serials", batch="b-2", gtin=GTIN, first="1", last="2")
    assert refusal.value.code == "authority.prefix", "the former holder's delegate is nobody's delegate now"


def test_amending_keeps_when_a_prefix_was_granted(world):
    before = world.get(Prefix, "9521000")
    later = NOON + timedelta(hours=1)
    do(
        world,
        "Steward",
        "registry:enrol",
        at=later,
        organisation="Brand",
        name="B",
        roles=["brand"],
        prefixes=["9521000"],
    )
    assert world.get(Prefix, "9521000") == before


def test_the_longest_prefix_owns_a_key(world):
    do(world, "Steward", "registry:enrol", organisation="Wide", name="Wide", roles=["brand"], prefixes=["95210"])
    with pytest.raises(DomainError) as refusal:
        do(world, "Wide", "products:register", gtin=checked("0952100000005"), **{**PRODUCT, "rights": []})
    assert refusal.value.code == "authority.prefix"
    do(world, "Wide", "products:register", gtin=checked("0952101000005"), **{**PRODUCT, "rights": []})


def test_a_delegation_can_be_given_again(world):
    both = {"prefix": "9521000", "delegate": "Maker"}
    do(world, "Brand", "registry:end_delegation", **both)
    do(world, "Brand", "registry:delegate_prefix", **both)
    assert world.get(Delegation, "9521000/Maker").ended is None


def test_set_rules_puts_them_in_force(world):
    do(world, "Steward", "registry:set_rules", rules={"version": "2026-2", "speed_air": 950})
    assert world.get(Rules, "rules") == Rules(version="2026-2", speed_air=950)
