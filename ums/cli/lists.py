"""`ums blacklist` and `ums whitelist`: the same commands for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import click

from ums.api.schemas.lists import ListSchema
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import every_item
from ums.domain.address import USERID, USERID_RULE
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.shown import shown
from ums.domain.user_list import ListKind
from ums.services import lists
from ums.services.gateway import Gateway
from ums.services.names import LARGEST_ID
from ums.store.lists import KeptList

LIST_ID = click.IntRange(1, LARGEST_ID)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_Edit = Callable[[Gateway, ListKind, int, Sequence[str]], KeptList]


@click.command()
@click.argument("name")
@click.option("--id", "list_id", type=LIST_ID, help="The number that messages name it by; else the next free one.")
@click.pass_obj
@with_screen
def create(screen: Screen, kind: ListKind, name: str, list_id: int | None) -> None:
    """Make a list that nobody is on yet.

    \b
    Examples:
      ums blacklist create complained
      ums whitelist create testers --id 12
    """
    with opened_gateway() as gateway:
        made = lists.add(gateway, kind, name, list_id=list_id)
    _show(screen, made)


@click.command()
@click.argument("list_id", type=LIST_ID)
@click.argument("file", type=FILE)
@click.pass_obj
@with_screen
def add(screen: Screen, kind: ListKind, list_id: int, file: Path) -> None:
    """Set the userids in a text file, one a line, on a list.

    \b
    Example:
      ums blacklist add 12 complained.txt
    """
    _show(screen, _edit(screen, kind, list_id, file, lists.add_userids))


@click.command()
@click.argument("list_id", type=LIST_ID)
@click.argument("file", type=FILE)
@click.pass_obj
@with_screen
def take(screen: Screen, kind: ListKind, list_id: int, file: Path) -> None:
    """Take the userids in a text file, one a line, off a list.

    \b
    Example:
      ums blacklist take 12 reconciled.txt
    """
    _show(screen, _edit(screen, kind, list_id, file, lists.remove_userids))


@click.command()
@click.argument("list_id", type=LIST_ID)
@click.option("--userids", "with_userids", is_flag=True, help="Print the userids, one a line, and nothing else.")
@click.pass_obj
@with_screen
def show(screen: Screen, kind: ListKind, list_id: int, with_userids: bool) -> None:
    """Show one list.

    \b
    Examples:
      ums blacklist show 12
      ums blacklist show 12 --userids > complained.txt
    """
    with opened_gateway() as gateway:
        if not with_userids:
            _show(screen, lists.show(gateway, kind, list_id))
            return
        found = list(
            every_item(lambda cursor: lists.userids_of(gateway, kind, list_id, cursor, lists.LONGEST_BATCH))
        )
    screen.result({"userids": [*found]}, "\n".join(found))


@click.command("list")
@click.pass_obj
@with_screen
def list_(screen: Screen, kind: ListKind) -> None:
    """Show every list.

    \b
    Example:
      ums blacklist list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: lists.list_all(gateway, kind, cursor)))
    rows = [(str(item.id), item.name, str(item.count)) for item in found]
    documents: list[Json] = [{**_document(item)} for item in found]
    screen.result({f"{kind}s": documents}, table(f"{kind}s".capitalize(), ("id", "name", "userids"), rows))


@click.command()
@click.argument("list_id", type=LIST_ID)
@click.argument("name")
@click.pass_obj
@with_screen
def rename(screen: Screen, kind: ListKind, list_id: int, name: str) -> None:
    """Give a list another name.

    \b
    Example:
      ums blacklist rename 12 'complained in 2026'
    """
    with opened_gateway() as gateway:
        changed = lists.change(gateway, kind, list_id, name)
    _show(screen, changed)


@click.command()
@click.argument("list_id", type=LIST_ID)
@click.pass_obj
@with_screen
def remove(screen: Screen, kind: ListKind, list_id: int) -> None:
    """Forget a list; messages that name it are refused from now on.

    \b
    Example:
      ums blacklist remove 12
    """
    with opened_gateway() as gateway:
        lists.remove(gateway, kind, list_id)
    screen.result({"removed": list_id}, f"The {kind} {list_id} is forgotten.")


def _group(kind: ListKind, meaning: str) -> click.Group:
    @click.group(kind.value, help=meaning)
    @click.pass_context
    def group(context: click.Context) -> None:
        context.obj = kind

    for command in (create, add, take, show, list_, rename, remove):
        group.add_command(command)
    return group


blacklist = _group(ListKind.BLACKLIST, "Blacklists: users who get nothing from messages that name the list.")
whitelist = _group(ListKind.WHITELIST, "Whitelists: users who alone get messages that name the list.")


def _edit(screen: Screen, kind: ListKind, list_id: int, file: Path, edit: _Edit) -> KeptList:
    """Give every userid of the file to `edit`, a thousand at a time.

    All lines are looked at before the first is stored; doing it again changes nothing more.
    """
    total = sum(map(len, _userids(file)))
    with opened_gateway() as gateway, screen.progress(f"Reading {file.name}") as advance:
        kept = lists.show(gateway, kind, list_id)
        done = 0
        for batch in _userids(file):
            kept = edit(gateway, kind, list_id, batch)
            done += len(batch)
            advance(done, total)
    return kept


def _userids(file: Path) -> Iterator[list[str]]:
    """The userids of a text file in batches. Raises InvalidRequest that names the line which holds none."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            userids = (_userid(file, number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())
            while batch := list(islice(userids, lists.LONGEST_BATCH)):
                yield batch
    except UnicodeDecodeError:
        raise InvalidRequest(f"{file.name} is not UTF-8 text.") from None


def _userid(file: Path, number: int, word: str) -> str:
    if not USERID.fullmatch(word):
        raise InvalidRequest(f"{file.name}, line {number}: {shown(word)!r} is no userid: {USERID_RULE}.")
    return word


def _show(screen: Screen, kept: KeptList) -> None:
    told = facts({kept.kind.value: str(kept.id), "name": kept.name, "userids": f"{kept.count:,}"})
    screen.result({**_document(kept)}, told)


def _document(kept: KeptList) -> Mapping[str, Json]:
    document: Mapping[str, Json] = ListSchema(exclude=("code",)).dump(kept)
    return document
