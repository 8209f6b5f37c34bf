"""permissions to claim deliveries, carried by a broker, and how many calls each sending process may make

Revision: 0017, after 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
WORD = sa.String(length=64)


def upgrade() -> None:
    op.add_column('workers', sa.Column('slots', sa.Integer(), server_default='0', nullable=False))
    op.create_table(
        'batches',
        sa.Column('id', ID, nullable=False),
        sa.Column('channel_id', ID, nullable=False),
        sa.Column('endpoint', WORD, nullable=False),
        sa.Column('priority', sa.Integer(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('published_at', MOMENT, nullable=False),
        sa.Column('taken_by', WORD, nullable=True),
        sa.Column('taken_at', MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ['channel_id'], ['channels.id'], name=op.f('fk_batches_channel_id_channels'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_batches')),
    )


def downgrade() -> None:
    op.drop_table('batches')
    with op.batch_alter_table('workers') as batch:
        batch.drop_column('slots')
