"""Requests made up from the OpenAPI document: no answer is a server error, and every one is as the document says."""

import pytest
import schemathesis
import small_world
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup
from small_world import BRAND, FACTORY, ago, seen, sgtin

from provenance.operations import Level

pytestmark = pytest.mark.database("sqlite")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
MADE_UP = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def broken(operation, headers):
    """Return what goes wrong in an operation, in words; nothing where nothing does."""

    @MADE_UP
    @given(operation.as_strategy())
    def ask(case):
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    try:
        ask()
    except FailureGroup as group:
        return [f"{operation.label}: {failure}" for failure in group.exceptions]
    return []


def test_no_request_breaks_it(world):
    world.record(BRAND, seen("commissioning", sgtin("1800"), at=ago(days=9), place=FACTORY, action="ADD"))
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", small_world.make_app(world.gateway))
    operations = [each.ok() for each in described.get_all_operations()]
    assert len(operations) > 70
    headers = world.headers(BRAND, Level.ADMIN)
    wrong = [failure for operation in operations for failure in broken(operation, headers)]
    assert not wrong, "\n\n".join(wrong)
