"""`ums callback`: where applications are told of their messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice

import click

from ums.api.schemas.callbacks import (
    CallbackEntry,
    CallbackUrlSchema,
    attempt_document,
    callback_document,
    callback_entry,
)
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import every_item
from ums.domain.callback import BatchState, ReceiptType
from ums.domain.commands import Json
from ums.services import callbacks
from ums.services.callbacks import CallbackDetail, CallbackWanted
from ums.services.gateway import Gateway
from ums.services.names import LARGEST_ID
from ums.store.callback_attempts import Attempt
from ums.store.callback_batches import Chosen
from ums.store.callbacks import KeptCallback

CALLBACK_ID = click.IntRange(1, LARGEST_ID)
TYPE = click.IntRange(min(ReceiptType), max(ReceiptType))
ONCE = "The secret is shown this once: the receiver checks signatures with it."
SHOWN = 20
"""Tries that `attempts` shows unless told otherwise."""

types_option = click.option(
    "--type",
    "types",
    type=TYPE,
    multiple=True,
    help="A receipt type that is wanted, 0 to 8; repeat it. All by default.",
)


@click.group()
def callback() -> None:
    """Callback URLs: where applications are told of their messages."""


@callback.command()
@click.argument("application")
@click.argument("url")
@types_option
@click.option(
    "--default", "is_default", is_flag=True, help="For messages that name no URL; the first one is anyway."
)
@click.option("--id", "callback_id", type=CALLBACK_ID, help="A number of your choice.")
@with_screen
def add(
    screen: Screen, application: str, url: str, types: tuple[int, ...], is_default: bool, callback_id: int | None
) -> None:
    """Give APPLICATION another URL, and print the secret that its posts are signed with.

    \b
    Example:
      ums callback add shop https://shop.example.com/receipts
    """
    wanted = CallbackWanted(url=url, types=_types(types), default=is_default)
    _show(screen, lambda gateway: callbacks.add(gateway, application, wanted, callback_id))
    screen.note("Nothing is posted before it is verified: ums callback verify ID")


@callback.command("list")
@click.option("--application", help="Only those of this application.")
@with_screen
def list_(screen: Screen, application: str | None) -> None:
    """Show every callback URL.

    \b
    Example:
      ums callback list --application shop
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: callbacks.list_all(gateway, application, cursor)))
    columns = ("id", "application", "url", "types", "state", "default")
    screen.result(
        {"callbacks": [CallbackEntry().dump(callback_entry(item)) for item in found]},
        table("Callbacks", columns, [_line(item) for item in found]),
    )


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@with_screen
def show(screen: Screen, callback_id: int) -> None:
    """Show one callback URL, and how many of its posts stand where.

    \b
    Example:
      ums callback show 1
    """
    _show(screen, lambda gateway: callbacks.show(gateway, callback_id))


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@with_screen
def verify(screen: Screen, callback_id: int) -> None:
    """Ask a URL to give back a random text; from then on receipts are posted there.

    \b
    Example:
      ums callback verify 1
    """
    _show(screen, lambda gateway: callbacks.verify(gateway, callback_id))


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@click.option("--url", help="Another URL; it has to be verified anew.")
@types_option
@click.option("--on/--off", "enabled", default=None, help="The switch: whether anything is posted there.")
@with_screen
def change(screen: Screen, callback_id: int, url: str | None, types: tuple[int, ...], enabled: bool | None) -> None:
    """Change what is given, and leave the rest as it is.

    \b
    Examples:
      ums callback change 1 --type 4 --type 5
      ums callback change 1 --off
    """

    def changed(gateway: Gateway) -> CallbackDetail:
        before = callbacks.show(gateway, callback_id).callback
        wanted = CallbackWanted(
            url=before.url if url is None else url,
            types=_types(types) if types else before.types,
            enabled=before.enabled if enabled is None else enabled,
        )
        return callbacks.change(gateway, callback_id, wanted)

    _show(screen, changed)


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@with_screen
def default(screen: Screen, callback_id: int) -> None:
    """Have the receipts of messages that name no URL go there.

    \b
    Example:
      ums callback default 2
    """
    _show(screen, lambda gateway: callbacks.make_default(gateway, callback_id))


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@with_screen
def secret(screen: Screen, callback_id: int) -> None:
    """Make a new secret, and print it; for 24 hours the one before signs beside it.

    \b
    Example:
      ums callback secret 1
    """
    _show(screen, lambda gateway: callbacks.replace_secret(gateway, callback_id))


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@click.option("--batch", type=click.IntRange(1), help="One post, by its number.")
@click.option("--webhook-id", help="One post, by its webhook-id.")
@click.option("--since", type=click.IntRange(0), help="Posts with receipts since then, in unix seconds.")
@click.option("--until", type=click.IntRange(0), help="… and not later.")
@click.option("--delivered", is_flag=True, help="Of a time range, also what was delivered.")
@with_screen
def replay(
    screen: Screen,
    callback_id: int,
    batch: int | None,
    webhook_id: str | None,
    since: int | None,
    until: int | None,
    delivered: bool,
) -> None:
    """Make posts again, under the same webhook-id: one, or those of a time range that weren't delivered.

    \b
    Examples:
      ums callback replay 1 --batch 17
      ums callback replay 1 --since 1800000000
    """
    if sum(way is not None for way in (batch, webhook_id, since)) != 1:
        raise click.UsageError("Give one of --batch, --webhook-id and --since.")
    if since is None:
        chosen = Chosen(batch=batch, webhook_id=webhook_id)
    else:
        chosen = Chosen(since=since, until=float("inf") if until is None else until + 1, delivered=delivered)
    with opened_gateway() as gateway:
        replayed = callbacks.replay(gateway, callback_id, chosen)
    screen.result({"replayed": replayed}, f"{replayed} posts are made again.")


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@click.option(
    "--state", type=click.Choice([state.value for state in BatchState]), help="Only of posts that stand there."
)
@click.option("--limit", type=click.IntRange(1), default=SHOWN, help=f"How many; {SHOWN} by default.")
@with_screen
def attempts(screen: Screen, callback_id: int, state: str | None, limit: int) -> None:
    """Show the tries of a URL's posts, the newest first.

    \b
    Example:
      ums callback attempts 1 --state dead
    """
    with opened_gateway() as gateway:
        pages = every_item(lambda cursor: callbacks.attempts(gateway, callback_id, state, cursor))
        found = list(islice(pages, limit))
    columns = ("at", "batch", "receipts", "state", "status", "seconds", "answer")
    screen.result(
        {"attempts": [attempt_document(attempt) for attempt in found]},
        table("Attempts", columns, [_try(attempt) for attempt in found]),
    )


@callback.command()
@click.argument("callback_id", type=CALLBACK_ID)
@with_screen
def remove(screen: Screen, callback_id: int) -> None:
    """Forget a URL with all that was and is to be posted to it.

    \b
    Example:
      ums callback remove 1
    """
    with opened_gateway() as gateway:
        callbacks.remove(gateway, callback_id)
    screen.result({"removed": callback_id}, f"Callback {callback_id} is forgotten.")


def _types(given: Sequence[int]) -> tuple[ReceiptType, ...]:
    return tuple(map(ReceiptType, sorted(set(given)))) or tuple(ReceiptType)


def _show(screen: Screen, act: Callable[[Gateway], CallbackDetail]) -> None:
    with opened_gateway() as gateway:
        detail = act(gateway)
    document: dict[str, Json] = CallbackUrlSchema(exclude=("code",)).dump(callback_document(detail))
    kept = detail.callback
    pairs = {
        "callback": str(kept.id),
        "application": kept.application,
        "url": kept.url,
        "types": _listed(kept),
        "state": f"{kept.state} ({kept.reason})" if kept.reason else kept.state.value,
        "switch": "on" if kept.enabled else "off",
        "default": "yes" if kept.is_default else "no",
        "posts": ", ".join(f"{count} {state}" for state, count in detail.posts.items()),
    }
    if detail.secret is None:
        screen.result(document, facts(pairs))
    else:
        screen.result(document, facts({**pairs, "secret": detail.secret}), ONCE)


def _listed(kept: KeptCallback) -> str:
    return " ".join(str(int(type_)) for type_ in kept.types)


def _line(kept: KeptCallback) -> tuple[str, ...]:
    state = kept.state.value if kept.enabled else f"{kept.state}, off"
    return (str(kept.id), kept.application, kept.url, _listed(kept), state, "yes" if kept.is_default else "-")


def _try(attempt: Attempt) -> tuple[str, ...]:
    at = datetime.fromtimestamp(attempt.began_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    outcome = attempt.fault if attempt.status is None else str(attempt.status)
    answer = " ".join(attempt.answer.split())[:80]
    state = attempt.state.value
    return (at, str(attempt.batch), str(attempt.size), state, outcome, f"{attempt.seconds:.2f}", answer)
