"""Child processes that can't outlive their parent.

The child's standard input is a pipe that only the parent holds: when the parent ends, however it ends, the
child reads the end of its input and stops gracefully (`--die-with-parent`). Where the kernel can also
signal a child on its parent's death, the child asks for that too.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ums.domain.commands import Json

DIE_WITH_PARENT = "--die-with-parent"
PR_SET_PDEATHSIG = 1
REFUSED = frozenset({"code", "message"})
"""What a command's last words have that can't go on, where programs read them."""
SLACK_SECONDS = 3.0
"""What a process gets on top of its own grace before it is killed."""


class ChildFailed(Exception):
    """The child ended, or said nothing, before it was ready."""


class Child:
    """A running child with its own session, so that Ctrl-C reaches it only through its parent.

    With `log`, what it says goes to that file, and only lines on standard output come to the parent. It inherits
    the open `files`, under the same numbers.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environ: Mapping[str, str] | None = None,
        log: Path | None = None,
        files: Sequence[int] = (),
    ) -> None:
        self._errors: IO[bytes] | None = log.open("ab") if log else None
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no words of a stranger
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if log else None,
            stderr=self._errors,
            env=None if environ is None else dict(environ),
            start_new_session=True,
            pass_fds=files,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(SLACK_SECONDS)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self, seconds: float) -> dict[str, Json]:
        """The JSON object on the child's first line. Raises ChildFailed where it doesn't come in time."""
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=_read_lines, args=(self._process.stdout, lines), daemon=True).start()
        try:
            line = lines.get(timeout=seconds)
        except queue.Empty:
            raise ChildFailed(f"no sign of life within {seconds:.0f} seconds") from None
        if not line:
            raise ChildFailed(f"ended with status {self.wait(SLACK_SECONDS)}")
        try:
            document = json.loads(line)
        except ValueError:
            raise ChildFailed(f"said {line.decode('utf-8', 'replace').strip()!r}") from None
        if not isinstance(document, dict):
            raise ChildFailed(f"said {document!r}")
        if document.keys() >= REFUSED:
            raise ChildFailed(str(document["message"]))
        return document

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit status, or None where it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self) -> None:
        """Ask it to end; returns at once."""
        if self._process.poll() is None:
            self._process.terminate()

    def stop(self, grace_seconds: float) -> int:
        """End it gracefully, and after `grace_seconds` by force. Its exit status."""
        self.terminate()
        if self.wait(grace_seconds) is None:
            self._process.kill()
        status = self._process.wait()
        for pipe in (self._process.stdin, self._errors):
            if pipe is not None:
                pipe.close()
        return status


def _read_lines(pipe: IO[bytes] | None, lines: queue.SimpleQueue[bytes]) -> None:
    """Reads on after the first line too, so that the child never waits for a reader."""
    if pipe is not None:
        with pipe:
            for line in pipe:
                lines.put(line)
    lines.put(b"")


def follow_parent(grace_seconds: float) -> None:
    """Have this process end gracefully, by SIGTERM to itself, when its parent is gone.

    Standard input must be the parent's pipe. What still runs `grace_seconds` later is ended by force.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    threading.Thread(target=_wait_for_parents_end, args=(grace_seconds,), name="parent", daemon=True).start()


def _wait_for_parents_end(grace_seconds: float) -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_seconds + SLACK_SECONDS)
    os._exit(1)
