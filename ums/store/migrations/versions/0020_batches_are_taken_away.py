"""a batch is gone once a worker has taken it

Revision: 0020, after 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # what was permitted is permitted anew
    op.execute('DELETE FROM batches')
    with op.batch_alter_table('batches') as batch:
        batch.drop_column('taken_by')
        batch.drop_column('taken_at')


def downgrade() -> None:
    op.execute('DELETE FROM batches')
    with op.batch_alter_table('batches') as batch:
        batch.add_column(sa.Column('taken_by', sa.String(length=64), nullable=True))
        batch.add_column(sa.Column('taken_at', sa.Float(precision=53), nullable=True))
