"""When acts count from: never from the future, and nothing ends before it began."""

from datetime import timedelta

import pytest

from provenance.domain.errors import DomainError
from provenance.domain.records import Measure, Right
from tests.domain.acts.scene import NOON, do


def test_an_act_counts_from_its_effective_time_and_never_from_the_future(world):
    earlier, later = NOON - timedelta(hours=3), NOON + timedelta(microseconds=1)
    do(world, "OfficeCN", "registry:confirm_right", right="cn-new", effective=earlier)
    stamp = world.get(Right, "cn-new").confirmed
    assert (stamp.recorded, stamp.effective) == (NOON, earlier)
    with pytest.raises(DomainError) as refusal:
        do(world, "CustomsNL", "customs:lift", measure="m-1", effective=later)
    assert refusal.value.code == "time.future"


def test_nothing_ends_before_it_began(world):
    with pytest.raises(DomainError) as refusal:
        do(world, "CustomsNL", "customs:lift", measure="m-1", effective=NOON - timedelta(days=2))
    assert refusal.value.code == "time.order"


def test_a_clock_that_runs_behind_still_ends_things(world):
    do(world, "CustomsNL", "customs:lift", at=NOON - timedelta(days=1, seconds=1), measure="m-1")
    assert world.get(Measure, "m-1").lifted is not None
