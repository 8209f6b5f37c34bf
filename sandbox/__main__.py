"""``python -m sandbox``: listens, prints one line, ends on SIGTERM, SIGINT or the parent's death."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys

from sandbox.options import Options
from sandbox.server import listening, new_loop

STANDARD_INPUT = 0


def main() -> int:
    """Runs until told to end. The exit status is 0, 1 where it could not listen, 2 for bad arguments."""
    options = Options.parse(sys.argv[1:])
    if options.die_with_parent and not _is_pipe(STANDARD_INPUT):
        sys.stderr.write("sandbox: --die-with-parent needs standard input to be a pipe from the parent\n")
        return 2
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(_serve(options))
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen on {options.host}:{options.port}: {error}\n")
        return 1
    return 0


async def _serve(options: Options) -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    if options.die_with_parent:
        loop.add_reader(STANDARD_INPUT, _watch_parent, ending)
    async with listening(options) as url:
        _say(url, as_json=options.as_json)
        await ending.wait()


def _say(url: str, *, as_json: bool) -> None:
    sentence = f"The WeChat sandbox listens on {url} (controls: {url}/_sandbox/). Ctrl-C ends it."
    sys.stdout.write((json.dumps({"url": url}) if as_json else sentence) + "\n")
    sys.stdout.flush()


def _watch_parent(ending: asyncio.Event) -> None:
    """Whatever the parent writes is thrown away; the end of the pipe is the end of the parent."""
    if not os.read(STANDARD_INPUT, 4096):
        asyncio.get_running_loop().remove_reader(STANDARD_INPUT)
        ending.set()


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


if __name__ == "__main__":
    sys.exit(main())
