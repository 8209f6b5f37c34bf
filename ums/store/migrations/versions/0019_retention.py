"""what has been kept long enough, and how far it has been taken away

Revision: 0019, after 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ENDED = sa.text('finished_at IS NOT NULL AND purged_at IS NULL')
PURGED = sa.text('purged_at IS NOT NULL')
OVER = sa.text('ended_at IS NOT NULL')
SENDING = sa.text("status = 'sending'")


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.add_column('messages', sa.Column('purged', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('messages', sa.Column('purged_at', sa.Float(precision=53), nullable=True))
    _index('ix_messages_ended', 'messages', ['finished_at', 'id'], ENDED)
    _index('ix_messages_purged', 'messages', ['finished_at'], PURGED)
    op.create_index(op.f('ix_messages_application_id_id'), 'messages', ['application_id', 'id'])
    op.drop_index(op.f('ix_messages_application_id'), 'messages')
    _index('ix_callback_batches_ended', 'callback_batches', ['ended_at'], OVER)
    # few deliveries are being sent at a time, and the index of busy addresses holds them all
    op.drop_index('ix_deliveries_owner', 'deliveries')
    op.create_table(
        'walks',
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('walked_to', REF, nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_walks')),
    )


def downgrade() -> None:
    op.drop_table('walks')
    _index('ix_deliveries_owner', 'deliveries', ['owner'], SENDING)
    op.drop_index('ix_callback_batches_ended', 'callback_batches')
    op.create_index(op.f('ix_messages_application_id'), 'messages', ['application_id'])
    for name in ('ix_messages_application_id_id', 'ix_messages_purged', 'ix_messages_ended'):
        op.drop_index(name, 'messages')
    with op.batch_alter_table('messages') as batch:
        batch.drop_column('purged_at')
        batch.drop_column('purged')
