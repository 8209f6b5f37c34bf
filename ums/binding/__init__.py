"""The pages that people meet on their way from a link to being bound: on phones, in English and Chinese.

`blueprint(gateway)` is all that the application mounts. Nobody signs in here: a link is signed and serves once, and
a visit belongs to the browser that began it.
"""

from __future__ import annotations

from pathlib import Path

from ums.binding.blueprint import blueprint

__all__ = ["TRANSLATIONS", "blueprint"]

TRANSLATIONS = Path(__file__).parent / "translations"
