"""The tables as Flask's extensions know them; only the web side loads it."""

from __future__ import annotations

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from ums.store.db import Database, database_on
from ums.store.models import Base

db = SQLAlchemy(model_class=Base)


def database_of(app: Flask) -> Database:
    """The database that the application's configuration names."""
    db.init_app(app)
    with app.app_context():
        return database_on(db.engine)
