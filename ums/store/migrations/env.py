"""How Alembic reaches the database: through the connection it is handed, or the Flask application's."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from ums.store.models import Base


def migrate(connection: Connection) -> None:
    """Run the migrations that were asked for in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if isinstance(handed, Connection):
    migrate(handed)
else:
    with current_app.extensions["migrate"].db.engine.begin() as connection:
        migrate(connection)
