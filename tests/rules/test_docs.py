"""The documents name everything that can be met: routes, statuses, error codes, reasons, commands."""

from __future__ import annotations

import ast
import re

import pytest
from flask import Flask

from scripts.reasons import pages
from tests.rules.sources import ROOT, shipped
from ums.domain import errors
from ums.domain.callback import OwnError, ReceiptType
from ums.domain.delivery import MOVES, DeliveryStatus
from ums.domain.message import MessageStatus
from ums.domain.outcome import SendError
from ums.domain.routing import Obstacle
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES

QUIET = {"HEAD", "OPTIONS"}
PARAMETER = re.compile(r"<(?:[^:>]+:)?")

GIVE_REASONS = {
    "lost",
    "not_sent",
    "not_through",
    "Unreadable",
    *(kind.__name__ for kind in SendError.__subclasses__()),
}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def problem_codes() -> set[int]:
    problems = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.code for kind in problems if issubclass(kind, errors.Problem)}
    return codes | {names.not_granted for names in CHANNEL_TYPES.values()}


def test_every_error_code_is_explained_and_no_other() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page("errors.md"), re.M)} == problem_codes()


@pytest.mark.parametrize("vocabulary", [DeliveryStatus, MessageStatus, ChannelState, Obstacle])
def test_every_status_is_explained(
    vocabulary: type[DeliveryStatus | MessageStatus | ChannelState | Obstacle],
) -> None:
    assert [word.value for word in vocabulary if f"| `{word.value}` |" not in page("statuses.md")] == []


def test_the_table_of_moves_is_the_one_in_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", page("statuses.md"), re.M)
    told = {status: set(re.findall(r"`(\w+)`", following)) for status, following in rows}
    assert {status: told[status.value] for status in DeliveryStatus} == {
        status: {target.value for target in MOVES[status]} for status in DeliveryStatus
    }


def test_every_route_is_documented_and_no_other(app: Flask) -> None:
    routes = {
        f"{method} {PARAMETER.sub('{', rule.rule).replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - QUIET
    }
    written = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
    told = re.findall(r"`((?:GET|POST|PUT|DELETE) /[^`]*)`", written)
    assert set(told) == routes


def test_the_reasons_are_those_the_plugins_explain() -> None:
    assert [path.name for path, text in pages().items() if path.read_text("utf-8") != text] == []


def test_the_gateways_own_reasons_are_explained() -> None:
    given = {
        node.args[0].value
        for module in shipped()
        if module.path.parts[0] == "ums"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GIVE_REASONS
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }
    assert len(given) > 5
    assert [reason for reason in given if f"`{reason}`" not in page("statuses.md")] == []


def test_the_pages_link_to_what_exists() -> None:
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("channels/*.md")):
        links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text("utf-8"))
        assert [link for link in links if not (path.parent / link).exists()] == [], path


def test_the_numbers_of_receipts_and_of_their_errors_are_explained_and_no_others() -> None:
    numbers = {int(number) for number in re.findall(r"^\| (\d+) \|", page("callbacks.md"), re.M)}
    assert numbers == {*ReceiptType, *OwnError}
