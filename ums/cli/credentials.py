"""How commands take and show a key and its secret."""

from __future__ import annotations

import click

from ums.cli.screen import Screen, facts
from ums.cli.values import history_warning, is_literal, value_given
from ums.domain.commands import Json
from ums.domain.credential import Credentials

ONCE = "The master secret is shown this once: keep it where the calling system finds it."

secret_option = click.option(
    "--master-secret", "secret", metavar="@FILE",
    help="An existing MasterSecret that is brought along: @FILE reads it from a file, - from standard input.",
)  # fmt: skip


def secret_given(word: str | None) -> str | None:
    """The secret that is brought along, if one is. Raises InvalidRequest for a file that can't be read."""
    return None if word is None else value_given("master_secret", word, "master_secret")


def show_credentials(screen: Screen, name: str, made: Credentials, word: str | None) -> None:
    """The key under `name`, and its secret unless it was brought along as `word`."""
    pairs = {name: made.key} if word else {name: made.key, "master_secret": made.master_secret}
    document: dict[str, Json] = {**pairs}
    screen.result(document, facts(pairs), *(() if word else (ONCE,)))
    if word is not None and is_literal(word):
        screen.note(history_warning("master_secret", "--master-secret "))
