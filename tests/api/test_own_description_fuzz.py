"""The API is sent what its own description allows, and what it doesn't: no fault of ours, nothing undescribed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.operations import Operation, credentials_of, furnished_site, operations, place
from tests.api.site import Site, enlist
from ums.domain.commands import Json


class Answered(Protocol):
    """What is used of a response."""

    status_code: int


class Called(Protocol):
    """What is used of a `Case`."""

    path_parameters: dict[str, Json]

    def call(self, *, headers: dict[str, str]) -> Answered: ...

    def validate_response(self, response: Answered, *, checks: list[CheckFunction]) -> None: ...


class Described(Protocol):
    """What is used of an `APIOperation`, which is generic in what the rest of schemathesis doesn't say."""

    label: str

    def as_strategy(
        self, generation_mode: GenerationMode, *, path_parameters: dict[str, str] | None
    ) -> st.SearchStrategy[Called]: ...


CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLS = 200
"""For each kind of data, shared by all operations: half of them with what is there in their paths."""
KEPT: Mapping[str, set[int]] = {"application_id": {1, 2}, "operator_id": {1}}
"""Whose credentials the calls are made with: they are left alone."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with furnished_site(tmp_path) as opened:
        enlist(opened)
        yield opened


def is_kept(name: str, part: Json) -> bool:
    text = str(part)
    return text.isdecimal() and int(text) in KEPT.get(name, ())


def fuzz(
    operation: Described, mode: GenerationMode, headers: dict[str, str], parts: dict[str, str] | None, calls: int
) -> None:
    """Call the operation with data of its schema, or beside it; with `parts` in its path."""

    @settings(
        max_examples=calls,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=parts))
    def one(case: Called) -> None:
        assume(not any(is_kept(name, part) for name, part in case.path_parameters.items()))
        answer = case.call(headers=headers)
        # What is made up in a path may lead to another one, or to none.
        if not (mode is GenerationMode.NEGATIVE and answer.status_code in {404, 405}):
            case.validate_response(answer, checks=CHECKS)

    # Beside the schema of an operation that takes nothing there is nothing.
    with contextlib.suppress(Unsatisfiable):
        one()


def parts_of(site: Site, operation: Operation) -> dict[str, str] | None:
    """What is there for each name in its path."""
    names = re.findall(r"{(\w+)}", operation.path)
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.path)
    found = re.fullmatch(pattern, place(site, operation.path))
    assert found is not None
    return found.groupdict() if names else None


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_nothing_the_description_leads_to_ends_in_a_fault_or_undescribed(site: Site, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", site.app)
    known = {operation.name: operation for operation in operations(site)}
    # Found before the first call: a made-up sensitive word, say, may keep a message from being sent after it.
    parts = {name: parts_of(site, operation) for name, operation in known.items()}
    calls = max(2, CALLS // (2 * len(known)))
    called = set()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        found = result.ok()
        operation = known[found.label]
        headers = credentials_of(site, operation)
        fuzz(found, mode, headers, None, calls)
        fuzz(found, mode, headers, parts[found.label], calls)
        called.add(found.label)
    assert called == set(known)
