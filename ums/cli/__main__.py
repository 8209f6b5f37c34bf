"""`python -m ums.cli`: the same as the command `ums`."""

from __future__ import annotations

from ums.cli import main

if __name__ == "__main__":
    main()
