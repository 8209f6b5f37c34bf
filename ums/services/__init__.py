"""What the gateway can be told to do: one function for each command, each owning its transactions.

Nothing here knows Flask; API, console and CLI call the same functions and get the same values and the
same `Problem`s.
"""

from __future__ import annotations
