"""`ums segment`: saved filters over the users."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from ums.api.blueprint import loaded
from ums.api.schemas.segments import SegmentBody, SegmentRequest, SegmentSchema, segment_document
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import every_item, object_given
from ums.domain.commands import Json
from ums.domain.segment import filter_item
from ums.services import segments
from ums.services.names import LARGEST_ID
from ums.store.segments import KeptSegment

SEGMENT_ID = click.IntRange(1, LARGEST_ID)


@click.group()
def segment() -> None:
    """Segments: saved filters over the users."""


@segment.command()
@click.argument("file")
@with_screen
def add(screen: Screen, file: str) -> None:
    """Save a filter out of a JSON file; - is standard input.

    \b
    A segment file ("id" is optional):
      {"id": 1000, "name": "vip by phone", "filter":
        {"all": [{"tag": ["vip", "gold"]}, {"has": "phone"}, {"not": {"bound_on": "wechatmp123"}}]}}

    \b
    Example:
      ums segment add vip-by-phone.json
    """
    request = _read(file)
    with opened_gateway() as gateway:
        made = segments.add(gateway, request.name, request.filter, request.id)
    _show(screen, made)


@segment.command()
@click.argument("segment_id", type=SEGMENT_ID)
@click.argument("file")
@with_screen
def change(screen: Screen, segment_id: int, file: str) -> None:
    """Put another filter in the place of SEGMENT_ID.

    \b
    Example:
      ums segment change 1000 vip-by-phone.json
    """
    request = _read(file)
    with opened_gateway() as gateway:
        changed = segments.change(gateway, segment_id, request.name, request.filter)
    _show(screen, changed)


@segment.command()
@click.argument("segment_id", type=SEGMENT_ID)
@with_screen
def show(screen: Screen, segment_id: int) -> None:
    """Show one segment.

    \b
    Example:
      ums segment show 1000
    """
    with opened_gateway() as gateway:
        found = segments.show(gateway, segment_id)
    _show(screen, found)


@segment.command()
@click.argument("segment_id", type=SEGMENT_ID)
@click.option("--application", metavar="NAME", help="As this application sees them; without it, all users count.")
@with_screen
def count(screen: Screen, segment_id: int, application: str | None) -> None:
    """Say how many users are in a segment now.

    \b
    Example:
      ums segment count 1000 --application shop
    """
    with opened_gateway() as gateway:
        found = segments.count(gateway, segment_id, application)
    seen_by = f", as {application} sees them" if application else ""
    screen.result({"id": segment_id, "count": found}, f"Users in segment {segment_id}{seen_by}: {found:,}.")


@segment.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every segment.

    \b
    Example:
      ums segment list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: segments.list_all(gateway, cursor)))
    rows = [(str(item.id), item.name, _filter(item)) for item in found]
    screen.result(
        {"segments": [{**_document(item)} for item in found]}, table("Segments", ("id", "name", "filter"), rows)
    )


@segment.command()
@click.argument("segment_id", type=SEGMENT_ID)
@with_screen
def remove(screen: Screen, segment_id: int) -> None:
    """Forget a segment; messages that name it are refused from now on.

    \b
    Example:
      ums segment remove 1000
    """
    with opened_gateway() as gateway:
        segments.remove(gateway, segment_id)
    screen.result({"removed": segment_id}, f"Segment {segment_id} is forgotten.")


def _read(file: str) -> SegmentRequest:
    request = loaded(SegmentBody(), object_given(file, "segment"))
    assert isinstance(request, SegmentRequest)  # noqa: S101 - what this schema makes
    return request


def _show(screen: Screen, kept: KeptSegment) -> None:
    told = facts({"segment": str(kept.id), "name": kept.name, "filter": _filter(kept)})
    screen.result({**_document(kept)}, told)


def _document(kept: KeptSegment) -> Mapping[str, Json]:
    document: Mapping[str, Json] = SegmentSchema(exclude=("code",)).dump(segment_document(kept))
    return document


def _filter(kept: KeptSegment) -> str:
    return json.dumps(filter_item(kept.filter), ensure_ascii=False)
