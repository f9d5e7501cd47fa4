"""The contracts as deployed: called with two arguments, founded with the deployment's stewards alone."""

import zlib

import pytest

from chaincode.deployment import TRANSACTIONS, deployed
from provenance.domain.acts import ACTS
from provenance.domain.errors import DomainError
from tests.chaincode.memory_stub import MemoryStub
from tests.domain.acts.scene import NOON


def found(stewards, named):
    stub = MemoryStub("Steward", NOON, {})
    body = b'{"stewards":[' + b",".join(b'"' + each.encode() + b'"' for each in named) + b"]}"
    try:
        return deployed(frozenset(stewards))(stub, (b"registry:found", body)), stub.writes
    except DomainError as error:
        return error.code, stub.writes


def test_the_registry_is_founded_with_the_deployments_stewards_in_any_order():
    result, written = found(["Steward", "Other"], ["Other", "Steward"])
    assert result == b'{"id":"deployment","kind":"deployment"}'
    assert "deployment:deployment" in written


@pytest.mark.parametrize("named", [["Steward"], ["Steward", "Another"], ["Steward", "Other", "Third"]])
def test_it_is_not_founded_with_any_others(named):
    assert found(["Steward", "Other"], named) == ("registry.other_stewards", {})


def test_without_stewards_nothing_is_founded():
    assert found([], ["Steward"]) == ("registry.no_stewards", {})


@pytest.mark.parametrize("called", [(), (b"registry:get",), (b"registry:get", b"{}", b""), (b"\xff", b"{}")])
def test_a_call_has_a_name_and_one_argument(called):
    with pytest.raises(DomainError) as refusal:
        deployed(frozenset())(MemoryStub("x", NOON, {}), called)
    assert refusal.value.code == "contract.arguments"


def test_deflated_arguments_are_what_they_inflate_to():
    stub = MemoryStub("Steward", NOON, {})
    body = b'{"stewards":["Steward"]}'
    assert deployed(frozenset(["Steward"]))(stub, (b"registry:found", zlib.compress(body)))
    with pytest.raises(DomainError) as refusal:
        deployed(frozenset(["Steward"]))(stub, (b"registry:found", zlib.compress(body)[:-1]))
    assert refusal.value.code == "contract.deflated"


def test_every_transaction_is_known_to_the_metrics():
    assert {name.decode() for name in TRANSACTIONS} == {*ACTS, "custody:append", "registry:get"}
