"""callbacks

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
WORD = sa.String(length=64)
USABLE = sa.text("enabled AND state = 'verified'")
OPEN = sa.text("state = 'open'")
WAITING = sa.text("batch_id IS NULL")
BATCHED = sa.text("batch_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        'callbacks',
        sa.Column('id', REF, nullable=False),
        sa.Column('application_id', REF, nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('types', sa.JSON(), nullable=False),
        sa.Column('enabled', sa.Boolean(), nullable=False),
        sa.Column('is_default', sa.Boolean(), nullable=False),
        sa.Column('state', WORD, nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('sealed_secret', sa.LargeBinary(), nullable=False),
        sa.Column('sealed_old_secret', sa.LargeBinary(), nullable=True),
        sa.Column('old_until', MOMENT, nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('failing_since', MOMENT, nullable=True),
        sa.Column('rests_until', MOMENT, nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('updated_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['applications.id'],
            name=op.f('fk_callbacks_application_id_applications'), ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_callbacks')),
        sa.UniqueConstraint('application_id', 'url', name=op.f('uq_callbacks_application_id_url')),
    )
    op.create_index(
        'ix_callbacks_usable', 'callbacks', ['application_id'], sqlite_where=USABLE, postgresql_where=USABLE
    )
    op.create_table(
        'callback_batches',
        sa.Column('id', REF, nullable=False),
        sa.Column('webhook_id', WORD, nullable=False),
        sa.Column('callback_id', REF, nullable=False),
        sa.Column('state', WORD, nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('due', MOMENT, nullable=True),
        sa.Column('first_tried_at', MOMENT, nullable=True),
        sa.Column('owner', WORD, nullable=True),
        sa.Column('lease_until', MOMENT, nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('ended_at', MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ['callback_id'], ['callbacks.id'],
            name=op.f('fk_callback_batches_callback_id_callbacks'), ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_batches')),
        sa.UniqueConstraint('webhook_id', name=op.f('uq_callback_batches_webhook_id')),
    )
    op.create_index(
        'ix_callback_batches_open', 'callback_batches', ['callback_id', 'due'],
        sqlite_where=OPEN, postgresql_where=OPEN,
    )
    op.create_index(op.f('ix_callback_batches_callback_id_created_at'), 'callback_batches', ['callback_id', 'created_at'])
    op.create_table(
        'callback_events',
        sa.Column('id', REF, nullable=False),
        sa.Column('callback_id', REF, nullable=False),
        sa.Column('message_id', REF, nullable=False),
        sa.Column('delivery_id', REF, nullable=False),
        sa.Column('type', sa.Integer(), nullable=False),
        sa.Column('userid', WORD, nullable=False),
        sa.Column('channel_type', WORD, nullable=False),
        sa.Column('address', sa.String(length=255), nullable=False),
        sa.Column('status', WORD, nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('provider_code', sa.Integer(), nullable=True),
        sa.Column('provider_message', sa.Text(), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('batch_id', REF, nullable=True),
        sa.ForeignKeyConstraint(
            ['callback_id'], ['callbacks.id'],
            name=op.f('fk_callback_events_callback_id_callbacks'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['batch_id'], ['callback_batches.id'],
            name=op.f('fk_callback_events_batch_id_callback_batches'), ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_events')),
    )
    op.create_index(
        'ix_callback_events_waiting', 'callback_events', ['callback_id', 'id'],
        sqlite_where=WAITING, postgresql_where=WAITING,
    )
    op.create_index(
        'ix_callback_events_batch_id', 'callback_events', ['batch_id'],
        sqlite_where=BATCHED, postgresql_where=BATCHED,
    )
    op.create_table(
        'callback_attempts',
        sa.Column('id', REF, nullable=False),
        sa.Column('callback_id', REF, nullable=False),
        sa.Column('batch_id', REF, nullable=False),
        sa.Column('began_at', MOMENT, nullable=False),
        sa.Column('seconds', MOMENT, nullable=False),
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('fault', WORD, nullable=False),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['batch_id'], ['callback_batches.id'],
            name=op.f('fk_callback_attempts_batch_id_callback_batches'), ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_attempts')),
    )
    op.create_index(op.f('ix_callback_attempts_batch_id'), 'callback_attempts', ['batch_id'])
    op.create_index(op.f('ix_callback_attempts_callback_id_id'), 'callback_attempts', ['callback_id', 'id'])


def downgrade() -> None:
    for name in ('callback_attempts', 'callback_events', 'callback_batches', 'callbacks'):
        op.drop_table(name)
