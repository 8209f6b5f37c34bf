"""calls by the day, providers' quotas, forced tokens

Revision: 0014, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def _channel(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.ForeignKeyConstraint(
            ['channel_id'],
            ['channels.id'],
            name=op.f(f'fk_{table}_channel_id_channels'),
            ondelete='CASCADE',
        ),
    )


def upgrade() -> None:
    op.create_table(
        'endpoint_calls',
        *_channel('endpoint_calls'),
        sa.Column('endpoint', sa.String(length=64), nullable=False),
        sa.Column('day', sa.String(length=64), nullable=False),
        sa.Column('calls', sa.Integer(), nullable=False),
        sa.Column('cleared', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('channel_id', 'endpoint', 'day', name=op.f('pk_endpoint_calls')),
    )
    op.create_table(
        'endpoint_quotas',
        *_channel('endpoint_quotas'),
        sa.Column('endpoint', sa.String(length=64), nullable=False),
        sa.Column('own_limit', sa.Integer(), nullable=True),
        sa.Column('daily_limit', sa.Integer(), nullable=False),
        sa.Column('used', sa.Integer(), nullable=False),
        sa.Column('remain', sa.Integer(), nullable=False),
        sa.Column('pace_calls', sa.Integer(), nullable=False),
        sa.Column('pace_seconds', sa.Integer(), nullable=False),
        sa.Column('counted', sa.Integer(), nullable=False),
        sa.Column('day', sa.String(length=64), nullable=False),
        sa.Column('asked_at', sa.Float(precision=53), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('channel_id', 'endpoint', name=op.f('pk_endpoint_quotas')),
    )
    op.create_table(
        'quota_clears',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        *_channel('quota_clears'),
        sa.Column('endpoint', sa.String(length=64), nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_quota_clears')),
    )
    op.create_index('ix_quota_clears_channel_id_at', 'quota_clears', ['channel_id', 'at'])
    op.create_table(
        'token_renewals',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('key', sa.String(length=255), nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_token_renewals')),
    )
    op.create_index('ix_token_renewals_key_at', 'token_renewals', ['key', 'at'])


def downgrade() -> None:
    op.drop_table('token_renewals')
    op.drop_table('quota_clears')
    op.drop_table('endpoint_quotas')
    op.drop_table('endpoint_calls')
