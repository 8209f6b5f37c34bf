"""channels whose calls keep failing, and the messages that share a lane

Revision: 0018, after 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
QUEUED = sa.text("status = 'queued'")


def upgrade() -> None:
    op.create_table(
        'breakers',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('calls', sa.Double(), nullable=False),
        sa.Column('failed', sa.Double(), nullable=False),
        sa.Column('noted_at', MOMENT, nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('opened_at', MOMENT, nullable=True),
        sa.Column('probes', sa.Integer(), nullable=False),
        sa.Column('probe_at', MOMENT, nullable=True),
        sa.Column('probe_id', REF, nullable=True),
        sa.ForeignKeyConstraint(
            ['channel_id'],
            ['channels.id'],
            name=op.f('fk_breakers_channel_id_channels'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('channel_id', name=op.f('pk_breakers')),
    )
    op.create_index(
        'ix_deliveries_share',
        'deliveries',
        ['channel_id', 'endpoint', 'priority', 'message_id', 'due', 'id'],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )


def downgrade() -> None:
    op.drop_index('ix_deliveries_share', 'deliveries')
    op.drop_table('breakers')
