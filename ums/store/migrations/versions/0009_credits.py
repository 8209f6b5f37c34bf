"""credits, their movements, the calls they save

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
LINE = sa.String(length=255)
WORD = sa.String(length=64)
UNPAIRED = sa.text("source IS NOT NULL AND paired_at IS NULL")
HELD = sa.text("credit IS NOT NULL")


def _of_channel(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['channel_id'], ['channels.id'], name=op.f(f'fk_{table}_channel_id_channels'), ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table(
        'credits',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('template_id', LINE, nullable=False),
        sa.Column('balance', sa.Integer(), nullable=False),
        sa.Column('reserved', sa.Integer(), nullable=False),
        sa.Column('updated_at', MOMENT, nullable=False),
        _of_channel('credits'),
        sa.PrimaryKeyConstraint('channel_id', 'address', 'template_id', name=op.f('pk_credits')),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f('ix_credits_channel_id_template_id_balance'), 'credits', ['channel_id', 'template_id', 'balance']
    )
    op.create_table(
        'credit_movements',
        sa.Column('id', REF, nullable=False),
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('template_id', LINE, nullable=False),
        sa.Column('change', sa.Integer(), nullable=False),
        sa.Column('balance', sa.Integer(), nullable=False),
        sa.Column('cause', WORD, nullable=False),
        sa.Column('source', WORD, nullable=True),
        sa.Column('paired_at', MOMENT, nullable=True),
        sa.Column('delivery_id', REF, nullable=True),
        sa.Column('at', MOMENT, nullable=False),
        _of_channel('credit_movements'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_movements')),
    )
    op.create_index(
        op.f('ix_credit_movements_channel_id_address_template_id_id'),
        'credit_movements',
        ['channel_id', 'address', 'template_id', 'id'],
    )
    op.create_index(
        'ix_credit_movements_unpaired',
        'credit_movements',
        ['channel_id', 'address', 'template_id', 'source', 'id'],
        sqlite_where=UNPAIRED,
        postgresql_where=UNPAIRED,
    )
    op.create_table(
        'saved_calls',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('day', WORD, nullable=False),
        sa.Column('calls', sa.Integer(), nullable=False),
        _of_channel('saved_calls'),
        sa.PrimaryKeyConstraint('channel_id', 'day', name=op.f('pk_saved_calls')),
    )
    op.add_column('deliveries', sa.Column('credit', LINE, nullable=True))
    op.create_index(
        'ix_deliveries_credit', 'deliveries', ['updated_at'], sqlite_where=HELD, postgresql_where=HELD
    )


def downgrade() -> None:
    op.drop_index('ix_deliveries_credit', 'deliveries')
    op.drop_column('deliveries', 'credit')
    for name in ('saved_calls', 'credit_movements', 'credits'):
        op.drop_table(name)
