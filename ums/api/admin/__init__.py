"""The admin API, `/v1/admin`: what operators set up, for programs that hold an operator's token.

Each module is one kind of thing: its list, and one of them made, shown, changed and removed. What may be
done here may be done with the same services from the command line and the console.
"""

from __future__ import annotations
