"""the third-party platform and the accounts that have authorised it

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'platforms',
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('settings', sa.JSON(), nullable=False),
        sa.Column('sealed_settings', sa.LargeBinary(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('sealed_ticket', sa.LargeBinary(), nullable=True),
        sa.Column('ticket_at', sa.Float(precision=53), nullable=True),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_platforms')),
    )
    op.create_table(
        'authorisations',
        sa.Column('account', sa.String(length=64), nullable=False),
        sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('address', sa.String(length=64), nullable=False),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.Column('permissions', sa.JSON(), nullable=False),
        sa.Column('sealed_refresh_token', sa.LargeBinary(), nullable=True),
        sa.Column('redeemed', sa.String(length=64), nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ['channel_id'],
            ['channels.id'],
            name=op.f('fk_authorisations_channel_id_channels'),
            ondelete='SET NULL',
        ),
        sa.PrimaryKeyConstraint('account', name=op.f('pk_authorisations')),
    )
    op.create_index('ix_authorisations_channel_id', 'authorisations', ['channel_id'])
    op.create_table(
        'authorisation_links',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('wanted', sa.JSON(), nullable=False),
        sa.Column('sealed_pages', sa.LargeBinary(), nullable=False),
        sa.Column('expires_at', sa.Float(precision=53), nullable=False),
        sa.Column('taken_until', sa.Float(precision=53), nullable=False),
        sa.Column('outcome', sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_authorisation_links')),
    )
    op.create_table(
        'platform_events',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('event_id', sa.String(length=255), nullable=False),
        sa.Column('kind', sa.String(length=64), nullable=False),
        sa.Column('account', sa.String(length=64), nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.Column('received_at', sa.Float(precision=53), nullable=False),
        sa.Column('sealed_code', sa.LargeBinary(), nullable=True),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('due', sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_events')),
        sa.UniqueConstraint('event_id', name=op.f('uq_platform_events_event_id')),
    )
    op.create_index('ix_platform_events_due', 'platform_events', ['due'])
    op.create_index('ix_platform_events_received_at', 'platform_events', ['received_at'])


def downgrade() -> None:
    op.drop_index('ix_platform_events_received_at', table_name='platform_events')
    op.drop_index('ix_platform_events_due', table_name='platform_events')
    op.drop_table('platform_events')
    op.drop_table('authorisation_links')
    op.drop_index('ix_authorisations_channel_id', table_name='authorisations')
    op.drop_table('authorisations')
    op.drop_table('platforms')
