"""The description of the API: complete, of one shape, and with examples that hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from openapi_schema_validator import OAS31Validator

from tests.api.operations import Operation, operations
from tests.api.site import Site
from tests.described import described
from ums.domain.commands import Json

SAY_A_TYPE = {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "not"}


@pytest.fixture(scope="module")
def told(shared_site: Site) -> dict[str, Json]:
    found: dict[str, Json] = shared_site.http.get("/openapi.json").get_json()
    return found


@pytest.fixture(scope="module")
def found(shared_site: Site) -> list[Operation]:
    return operations(shared_site)


def properties(schema: Json, path: str) -> Iterator[tuple[str, dict[str, Json]]]:
    """Each member of each object within, with its path."""
    for name, inner in schema.items() if isinstance(schema, dict) else ():
        if name == "properties" and isinstance(inner, dict):
            for member, described_as in inner.items():
                assert isinstance(described_as, dict)
                yield f"{path}.{member}", described_as
                yield from properties(described_as, f"{path}.{member}")
        else:
            yield from properties(inner, path)


def test_the_description_names_every_route_of_the_api(shared_site: Site, told: dict[str, Json]) -> None:
    paths = told["paths"]
    assert isinstance(paths, dict)
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in shared_site.app.url_map.iter_rules()}
    assert {route for route in routes if route.startswith("/v1/")} <= paths.keys()
    assert told["openapi"] == "3.1.0"


def test_every_operation_says_what_it_does_under_a_name_of_its_own(found: list[Operation]) -> None:
    assert [operation.name for operation in found if not str(operation.told.get("summary", "")).endswith(".")] == []
    names = [operation.told["operationId"] for operation in found]
    assert len({str(name) for name in names}) == len(names)


def test_who_may_call_is_said_of_every_operation(found: list[Operation]) -> None:
    guards = {operation.name: operation.guard for operation in found}
    assert guards["GET /healthz"] == ""
    assert guards["POST /v1/sent"] == "credentials"
    assert {guard for name, guard in guards.items() if "/v1/admin/" in name} == {"operator"}
    assert {guard for name, guard in guards.items() if "/v1/" in name and "/admin/" not in name} == {"credentials"}


def test_who_alone_may_call_is_said(found: list[Operation]) -> None:
    callers = {operation.name: operation.callers for operation in found}
    assert callers["GET /v1/user"] == []
    assert callers["POST /v1/sent"] == ["ChannelKey"]
    assert callers["POST /v1/user/delete"] == ["AccessKey"]
    assert callers["GET /v1/admin/rules"] == []
    assert callers["POST /v1/admin/rules"] == ["admin", "operator"]
    assert callers["POST /v1/admin/applications"] == ["admin"]


def test_where_a_caller_stands_is_said_of_what_has_limits(shared_site: Site, found: list[Operation]) -> None:
    standing = {"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"}
    for operation in found:
        responses = operation.told["responses"]
        assert isinstance(responses, dict)
        headers = described(shared_site.app).resolved(responses["200"])["headers"]
        assert isinstance(headers, dict)
        limited = operation.guard == "credentials"
        assert (standing <= headers.keys(), 429 in operation.statuses) == (limited, limited), operation.name


def test_statuses_follow_from_how_a_route_is_built(found: list[Operation]) -> None:
    statuses = {operation.name: operation.statuses for operation in found}
    assert statuses["GET /healthz"] == [200, 500]
    assert statuses["GET /v1/channel/{code}/template"] == [200, 401, 403, 404, 429, 500, 503]
    assert statuses["GET /v1/admin/rules"] == [200, 400, 401, 500, 503]
    assert statuses["PUT /v1/admin/rules/{rule_id}"] == [200, 400, 401, 403, 404, 409, 413, 415, 500, 503]
    for operation in found:
        assert (413 in operation.statuses) == bool(operation.media), operation.name


def test_every_member_says_its_type(told: dict[str, Json]) -> None:
    silent = [path for path, schema in properties(told, "") if not SAY_A_TYPE & schema.keys()]
    assert silent == [], "Give these fields a json_schema(), as those of ums/api/schemas/strict.py have."


def of(told: dict[str, Json], schema: str) -> dict[str, dict[str, Json]]:
    """The members of one of the schemas."""
    components = told["components"]
    assert isinstance(components, dict)
    schemas = components["schemas"]
    assert isinstance(schemas, dict)
    found = schemas[schema]
    assert isinstance(found, dict)
    members = found["properties"]
    assert isinstance(members, dict)
    return {name: member for name, member in members.items() if isinstance(member, dict)}


@pytest.mark.parametrize(
    ("schema", "name", "type_"),
    [
        ("Deliveries", "next", ["string", "null"]),
        ("Delivery", "channel", ["string", "null"]),
        ("Delivery", "fallback_of", ["integer", "null"]),
        ("Message", "finished_at", ["integer", "null"]),
        ("Message", "created_at", "integer"),
        ("Channel", "channel", "string"),
    ],
)
def test_null_is_said_where_it_may_stand(told: dict[str, Json], schema: str, name: str, type_: Json) -> None:
    assert of(told, schema)[name]["type"] == type_


def test_bounds_and_closed_lists_of_words_are_said(told: dict[str, Json]) -> None:
    priority = of(told, "Option")["priority"]
    assert (priority["minimum"], priority["maximum"]) == (1, 3)
    assert of(told, "Channel")["state"]["enum"] == ["ready", "parked", "paused", "closed", "deleted"]
    steps = of(told, "Step")["channels"]
    assert (steps["type"], steps["minItems"]) == ("array", 1)


def test_every_body_has_an_example_that_fits_it(shared_site: Site, found: list[Operation]) -> None:
    description = described(shared_site.app)
    components = {"components": description.document["components"]}
    for operation in found:
        contents = [operation.told.get("requestBody")]
        responses = operation.told["responses"]
        assert isinstance(responses, dict)
        contents += [description.resolved(answer) for answer in responses.values()]
        for content in filter(None, contents):
            assert isinstance(content, dict)
            for media, body in dict(content.get("content") or {}).items():
                assert isinstance(body, dict)
                if media == "application/json":
                    schema = body["schema"]
                    assert isinstance(schema, dict)
                    faults = OAS31Validator({**schema, **components}).iter_errors(body["example"])
                    assert [fault.message for fault in faults] == [], operation.name
