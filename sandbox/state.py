"""What the door and the control share: the world, the pushes, and a way to begin again."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sandbox.options import Options
from sandbox.pushes import Pace, Pushes
from sandbox.world import World


@dataclass(slots=True)
class State:
    """One running sandbox."""

    options: Options
    world: World
    pushes: Pushes

    @classmethod
    def begin(cls, options: Options) -> State:
        pace = Pace(delay_ms=options.push_delay_ms)
        return cls(options, World.begin(options, time.time()), Pushes(pace))

    def reset(self) -> None:
        """Everything as the command line left it; tokens, calls and waiting pushes are forgotten."""
        last_msgid, self.world = self.world.last_msgid, World.begin(self.options, time.time())
        self.world.last_msgid = max(last_msgid, self.world.last_msgid)
        self.pushes.reset(Pace(delay_ms=self.options.push_delay_ms))
