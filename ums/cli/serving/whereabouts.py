"""Where the gateway of this home is listening right now, for commands that print its address.

`ums serve --port 9000` listens elsewhere than the settings say; a sign-in link made meanwhile by another
command must lead there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ums.logs import get_logger
from ums.settings import Settings

FILE = "serving.json"

log = get_logger(__name__)


@contextmanager
def noted(settings: Settings) -> Iterator[None]:
    """Leave a note of where this process listens, for as long as it does."""
    note = settings.home / FILE
    draft = note.with_suffix(f".{os.getpid()}")
    try:
        draft.write_text(json.dumps({"host": settings.host, "port": settings.port, "pid": os.getpid()}), "utf-8")
        draft.replace(note)
    except OSError as error:  # a full disk: links may lead to the wrong port, which is no reason not to serve
        log.warning("no note of the address could be left", action="no_note", cause=str(error))
        draft.unlink(missing_ok=True)
    try:
        yield
    finally:
        if _read(note).get("pid") == os.getpid():
            note.unlink(missing_ok=True)


def as_served(settings: Settings) -> Settings:
    """The settings with the host and port that a gateway of this home listens on, if one does."""
    note = _read(settings.home / FILE)
    host, port, pid = note.get("host"), note.get("port"), note.get("pid")
    if isinstance(host, str) and isinstance(port, int) and isinstance(pid, int) and _is_alive(pid):
        return replace(settings, host=host, port=port)
    return settings


def _read(note: Path) -> dict[str, str | int]:
    """What the note says; nothing where there is none, or it can't be read."""
    try:
        found = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
