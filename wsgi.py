"""The web side for a WSGI server (`gunicorn wsgi:application`), and for the commands of `flask --app wsgi db`."""

from __future__ import annotations

from flask_migrate import Migrate

from ums.app import create_app
from ums.clock import SystemClock
from ums.registry import Registry
from ums.settings import Settings
from ums.store.flask_side import db
from ums.store.schema import MIGRATIONS

application = create_app(Settings.load(), Registry.load(), SystemClock())
Migrate(application, db, directory=str(MIGRATIONS), render_as_batch=True)
