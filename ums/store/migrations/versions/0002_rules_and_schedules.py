"""rules, schedules, policies

Revision: 0002, after 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
AHEAD = sa.text("status IN ('scheduled', 'expanding')")
RETRACTED = sa.text("retracted_at IS NOT NULL")
LOOK = sa.text("look_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        'rules',
        sa.Column('id', REF, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('steps', sa.JSON(), nullable=False),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.Column('updated_at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rules')),
        sa.UniqueConstraint('name', name=op.f('uq_rules_name')),
    )
    op.add_column('applications', sa.Column('policy', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('messages', sa.Column('audience', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('messages', sa.Column('start_at', sa.Float(precision=53), nullable=False, server_default='0'))
    op.add_column('messages', sa.Column('expanded_to', REF, nullable=False, server_default='0'))
    op.add_column('messages', sa.Column('test', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('messages', sa.Column('retracted_at', sa.Float(precision=53), nullable=True))
    op.execute("UPDATE messages SET start_at = created_at")
    op.create_index(
        'ix_messages_ahead', 'messages', ['status', 'start_at'], sqlite_where=AHEAD, postgresql_where=AHEAD
    )
    op.create_index(
        'ix_messages_retracted_at', 'messages', ['retracted_at'], sqlite_where=RETRACTED, postgresql_where=RETRACTED
    )
    op.add_column('deliveries', sa.Column('cause', sa.Text(), nullable=False, server_default=''))
    op.add_column('deliveries', sa.Column('look_at', sa.Float(precision=53), nullable=True))
    op.create_index('ix_deliveries_look', 'deliveries', ['look_at'], sqlite_where=LOOK, postgresql_where=LOOK)


def downgrade() -> None:
    op.drop_index('ix_deliveries_look', 'deliveries')
    op.drop_column('deliveries', 'look_at')
    op.drop_column('deliveries', 'cause')
    op.drop_index('ix_messages_retracted_at', 'messages')
    op.drop_index('ix_messages_ahead', 'messages')
    for name in ('retracted_at', 'test', 'expanded_to', 'start_at', 'audience'):
        op.drop_column('messages', name)
    op.drop_column('applications', 'policy')
    op.drop_table('rules')
