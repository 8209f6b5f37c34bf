"""what providers told besides receipts

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'provider_events',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('event_id', sa.String(length=255), nullable=False),
        sa.Column('kind', sa.String(length=64), nullable=False),
        sa.Column('address', sa.String(length=255), nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.Column('received_at', sa.Float(precision=53), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ['channel_id'],
            ['channels.id'],
            name=op.f('fk_provider_events_channel_id_channels'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_events')),
        sa.UniqueConstraint('channel_id', 'event_id', name=op.f('uq_provider_events_channel_id_event_id')),
    )
    op.create_index('ix_provider_events_received_at', 'provider_events', ['received_at'])


def downgrade() -> None:
    op.drop_index('ix_provider_events_received_at', table_name='provider_events')
    op.drop_table('provider_events')
