"""who follows, who may be written to freely, whose data is being erased

Revision: 0015, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
LINE = sa.String(length=255)
WORD = sa.String(length=64)
REFUSED = sa.text("told_by = 'refusal'")
EVENT_INDEXES = (['channel_id', 'id'], ['channel_id', 'kind', 'id'], ['channel_id', 'address'])

# What a refusal for want of a follow had put out of use reaches again whatever needs none.
REFUSALS = """
    INSERT INTO follows (channel_id, address, following, told_by, at)
    SELECT channels.id, bindings.value, false, 'refusal', CAST(MAX(bindings.updated_at) AS INTEGER)
    FROM bindings JOIN channels ON channels.code = bindings.bind_id
    WHERE bindings.state = 'retired' AND bindings.cause = 'not_following (43004)'
      AND bindings.property = 'wechatoa' AND channels.type = 'wechatoa'
    GROUP BY channels.id, bindings.value
"""
REVIVAL = """
    UPDATE bindings SET state = 'active', cause = ''
    WHERE state = 'retired' AND cause = 'not_following (43004)' AND property = 'wechatoa'
"""


def _to(table: str, name: str) -> sa.ForeignKeyConstraint:
    other = 'channels' if name == 'channel_id' else 'deliveries'
    return sa.ForeignKeyConstraint(
        [name], [f'{other}.id'], name=op.f(f'fk_{table}_{name}_{other}'), ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table(
        'follows',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('following', sa.Boolean(), nullable=False),
        sa.Column('told_by', WORD, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        _to('follows', 'channel_id'),
        sa.PrimaryKeyConstraint('channel_id', 'address', name=op.f('pk_follows')),
        sqlite_with_rowid=False,
    )
    op.create_index(
        'ix_follows_refused',
        'follows',
        ['channel_id', 'address'],
        sqlite_where=REFUSED,
        postgresql_where=REFUSED,
    )
    _create_windows()
    op.create_table(
        'erasures',
        sa.Column('id', REF, nullable=False),
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('cause', WORD, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('walked_to', REF, nullable=False),
        _to('erasures', 'channel_id'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures')),
        sa.UniqueConstraint('channel_id', 'address', name=op.f('uq_erasures_channel_id_address')),
    )
    for columns in EVENT_INDEXES:
        op.create_index(op.f(f'ix_provider_events_{"_".join(columns)}'), 'provider_events', columns)
    op.execute(REFUSALS)
    op.execute(REVIVAL)


def _create_windows() -> None:
    op.create_table(
        'windows',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('opened_by', WORD, nullable=False),
        sa.Column('opened_at', MOMENT, nullable=False),
        sa.Column('closes_at', MOMENT, nullable=False),
        sa.Column('messages', sa.Integer(), nullable=False),
        sa.Column('used', sa.Integer(), nullable=False),
        sa.Column('reserved', sa.Integer(), nullable=False),
        _to('windows', 'channel_id'),
        sa.PrimaryKeyConstraint('channel_id', 'address', 'opened_by', name=op.f('pk_windows')),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f('ix_windows_closes_at'), 'windows', ['closes_at'])
    op.create_table(
        'window_holds',
        sa.Column('delivery_id', REF, nullable=False),
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('opened_by', WORD, nullable=False),
        sa.Column('opened_at', MOMENT, nullable=False),
        _to('window_holds', 'delivery_id'),
        _to('window_holds', 'channel_id'),
        sa.PrimaryKeyConstraint('delivery_id', name=op.f('pk_window_holds')),
    )
    op.create_table(
        'listening',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('since', MOMENT, nullable=False),
        _to('listening', 'channel_id'),
        sa.PrimaryKeyConstraint('channel_id', name=op.f('pk_listening')),
    )


def downgrade() -> None:
    for columns in EVENT_INDEXES:
        op.drop_index(op.f(f'ix_provider_events_{"_".join(columns)}'), 'provider_events')
    for name in ('erasures', 'listening', 'window_holds', 'windows', 'follows'):
        op.drop_table(name)
