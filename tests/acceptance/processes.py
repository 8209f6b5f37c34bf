"""Looking at the processes of this machine, by way of /proc."""

from __future__ import annotations

from pathlib import Path


def parent_and_state(pid: int) -> tuple[int, str] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), fields[0]


def lives(pid: int) -> bool:
    """Whether the process runs; one that only waits to be noticed by its parent doesn't."""
    found = parent_and_state(pid)
    return found is not None and found[1] != "Z"


def children(pid: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [other for other in pids if (parent_and_state(other) or (0, ""))[0] == pid]


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    found = children(pid)
    return found + [grandchild for child in found for grandchild in descendants(child)]
