"""What a command run in a test gives back."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from ums.domain.commands import Json

Ums = Callable[..., Result]
"""Runs `ums …`: the words of the command, and `given` for its standard input."""


def document(result: Result, status: int = 0) -> dict[str, Json]:
    """The one JSON object on standard output of a command that ended with `status`."""
    assert result.exit_code == status, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found
