"""How a command fails: with a sentence and a number, never with a stack trace.

==  ==========================================================================================
0   done
1   refused, or not as it should be: what the REST API would answer with an error
2   the command line or the settings are wrong; nothing was done
==  ==========================================================================================

With `--json` a refusal is `{"code", "message", "errors"?}` on standard output, as in the REST API;
faults of the command line and of the settings are always sentences on standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ums.domain.commands import Json
from ums.domain.errors import Problem, Unavailable
from ums.registry import RegistryError
from ums.settings import SettingsError
from ums.store.faults import DATABASE_FAULTS

REFUSED, UNUSABLE = 1, 2


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """Turns what can be expected to go wrong in a command into its message and exit status."""
    try:
        yield
    except SettingsError as error:
        for fault in error.faults:
            click.echo(f"setting {fault}", err=True)
        sys.exit(UNUSABLE)
    except RegistryError as error:
        click.echo(f"ums: {error}", err=True)
        sys.exit(UNUSABLE)
    except Problem as problem:
        _tell(problem, as_json=as_json)
        sys.exit(REFUSED)
    except BrokenPipeError:
        raise  # click ends quietly when nobody reads on
    except DATABASE_FAULTS as error:
        _tell(
            Unavailable(f"The database does not answer as it should: {getattr(error, 'orig', None) or error}."),
            as_json=as_json,
        )
        sys.exit(REFUSED)
    except OSError as error:
        _tell(Unavailable(_sentence(error)), as_json=as_json)
        sys.exit(REFUSED)


def _tell(problem: Problem, *, as_json: bool) -> None:
    if as_json and _printed(json.dumps(document(problem), ensure_ascii=False)):
        return
    click.echo(f"ums: {problem.message}", err=True)
    for path, texts in problem.errors.items():
        for text in texts:
            if text not in problem.message:
                click.echo(f"  {path}: {text}", err=True)


def _printed(line: str) -> bool:
    """Whether standard output took the line; a full disk behind it may not."""
    try:
        click.echo(line)
    except BrokenPipeError:
        raise
    except OSError:
        # what is left in the buffer would fail once more at the end, and be told as a fault of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def document(problem: Problem) -> dict[str, Json]:
    """The problem in the shape that the REST API answers with."""
    shown: dict[str, Json] = {"code": problem.code, "message": problem.message}
    if problem.errors:
        shown["errors"] = {path: list(texts) for path, texts in problem.errors.items()}
    return shown


def _sentence(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."
