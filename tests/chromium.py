"""The real browser of the tests marked `browser`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """The one at `path`, closed in the end."""
    with sync_playwright() as playwright:
        # Chromium's sandbox doesn't work for root, as whom many machines run their tests.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()
