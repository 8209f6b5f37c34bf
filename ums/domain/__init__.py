"""What the gateway decides, in plain Python: no framework, no I/O, no clock.

Every function here is pure: the same arguments give the same answer. Times are unix seconds (`float`)
and always come in as arguments.
"""

from __future__ import annotations
