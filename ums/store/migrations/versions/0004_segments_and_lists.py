"""segments, blacklists and whitelists

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
VALUES = ['property', 'bind_id', 'value']


def upgrade() -> None:
    op.create_table(
        'segments',
        sa.Column('id', REF, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('filter', sa.JSON(), nullable=False),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.Column('updated_at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_segments')),
        sa.UniqueConstraint('name', name=op.f('uq_segments_name')),
    )
    op.create_table(
        'user_lists',
        sa.Column('id', REF, nullable=False),
        sa.Column('kind', sa.String(length=64), nullable=False),
        sa.Column('number', REF, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.Column('updated_at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_user_lists')),
        sa.UniqueConstraint('kind', 'name', name=op.f('uq_user_lists_kind_name')),
        sa.UniqueConstraint('kind', 'number', name=op.f('uq_user_lists_kind_number')),
    )
    op.create_table(
        'user_list_entries',
        sa.Column('list_id', REF, nullable=False),
        sa.Column('userid', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ['list_id'], ['user_lists.id'], name=op.f('fk_user_list_entries_list_id_user_lists'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('list_id', 'userid', name=op.f('pk_user_list_entries')),
    )
    op.create_index('ix_bindings_property_bind_id_value_user_id', 'bindings', [*VALUES, 'user_id'])
    op.drop_index('ix_bindings_property_bind_id_value', 'bindings')


def downgrade() -> None:
    op.create_index('ix_bindings_property_bind_id_value', 'bindings', VALUES)
    op.drop_index('ix_bindings_property_bind_id_value_user_id', 'bindings')
    for name in ('user_list_entries', 'user_lists', 'segments'):
        op.drop_table(name)
