"""A PostgreSQL server of our own, on a port of its own, which may be stopped and started."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.drills.gateway import free_port
from benchmarks.drills.plan import CannotBeDone

USER = "postgres"
DATABASE = "ums"


class Cluster:
    """It keeps its files in `directory`; whoever runs the drill as root has it run as the user postgres."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._programs = directory, _programs()
        self.port = free_port()

    def url(self, port: int = 0) -> str:
        """The `database_url`, through another port where one leads there."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{DATABASE}"

    def make(self) -> None:
        """Make it and start it."""
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8")
        with (self._directory / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"unix_socket_directories = '{self._directory}'\nshared_buffers = 64MB\n"
            )
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-T", "template0", DATABASE)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._run("pg_ctl", "-D", self._data, "-l", str(self._directory / "server.log"), "-w", "-t", "60", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    @property
    def _data(self) -> str:
        return str(self._directory / "data")

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), *words]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        # pg_ctl's server would keep a pipe open for ever
        with (self._directory / f"{program}.log").open("wb") as told:
            done = subprocess.run(command, stdout=told, stderr=told, cwd=self._directory, check=False)
        if done.returncode:
            raise CannotBeDone(f"{program} failed: {(self._directory / f'{program}.log').read_text()[-500:]}")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that runs until the block ends. Raises CannotBeDone where PostgreSQL isn't installed."""
    with tempfile.TemporaryDirectory(prefix="ums-drill-pg-", ignore_cleanup_errors=True) as directory:
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(directory, user.pw_uid, user.pw_gid)
        made = Cluster(Path(directory))
        made.make()
        try:
            yield made
        finally:
            made.stop()


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise CannotBeDone("There is no PostgreSQL server below /usr/lib/postgresql.")
    return found[-1]
