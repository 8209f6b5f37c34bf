"""What `ums application` takes of an application's policy and preference."""

from __future__ import annotations

from dataclasses import replace

import click

from ums.api.blueprint import loaded
from ums.api.schemas.policy import MOST, PolicySchema
from ums.cli.values import object_given
from ums.domain.policy import Policy
from ums.domain.wire import CHANNEL_TYPES

policy_option = click.option("--policy", "policy_file", metavar="FILE", help="A JSON policy; - is standard input.")
rate_option = click.option("--rate-limit", type=click.IntRange(0, MOST), help="Requests a minute; 0: no limit.")
test_option = click.option("--test-mode/--no-test-mode", default=None, help="Whether no provider is called.")


class _Preference(click.ParamType[tuple[str, ...]]):
    """Channel types with commas between them."""

    name = "A,B"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        types = tuple(word.strip() for word in str(value).split(",") if word.strip())
        unknown = [type_ for type_ in types if type_ not in CHANNEL_TYPES]
        if unknown or len(set(types)) < len(types):
            self.fail(f"give each channel type once, out of {', '.join(CHANNEL_TYPES)}", param, ctx)
        return types


preference_option = click.option(
    "--preference",
    type=_Preference(),
    help="In which order rule -1 tries channel types; empty: the built-in one.",
)


def policy_given(before: Policy, file: str | None, rate_limit: int | None, test_mode: bool | None) -> Policy:
    """The policy in a file, else the one before, with what stood on the command line."""
    policy = before
    if file is not None:
        given = loaded(PolicySchema(), object_given(file, "policy"))
        assert isinstance(given, Policy)  # noqa: S101 - what this schema makes
        policy = given
    return replace(
        policy,
        rate_limit=policy.rate_limit if rate_limit is None else rate_limit,
        test_mode=policy.test_mode if test_mode is None else test_mode,
    )
