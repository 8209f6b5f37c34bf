"""The web side for a WSGI server: `gunicorn wsgi:application`."""

from __future__ import annotations

from ums.app import create_app
from ums.clock import SystemClock
from ums.registry import Registry
from ums.settings import Settings

application = create_app(Settings.load(), Registry.load(), SystemClock())
