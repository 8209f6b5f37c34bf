"""The console: server-rendered pages for operators, in English and Chinese.

`blueprint(gateway)` is all that the application mounts. There is no build step and nothing is fetched from
elsewhere: one style sheet, one small script, and every page works without the script.
"""

from __future__ import annotations

from ums.console.blueprint import blueprint
from ums.console.languages import TRANSLATIONS

__all__ = ["TRANSLATIONS", "blueprint"]
