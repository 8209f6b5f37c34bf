"""template refreshes, what template libraries have said

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table(
        'template_refreshes',
        sa.Column('id', big, nullable=False),
        sa.Column('channel_id', big, nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('changes', sa.JSON(), nullable=False),
        sa.Column('breaks', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ['channel_id'],
            ['channels.id'],
            name=op.f('fk_template_refreshes_channel_id_channels'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_template_refreshes')),
    )
    op.create_index(
        op.f('ix_template_refreshes_channel_id_id'), 'template_refreshes', ['channel_id', 'id'], unique=False
    )


    op.create_table(
        'library_answers',
        sa.Column('id', big, nullable=False),
        sa.Column('channel_id', big, nullable=False),
        sa.Column('question', sa.String(length=64), nullable=False),
        sa.Column('at', sa.Float(precision=53), nullable=False),
        sa.Column('answer', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ['channel_id'],
            ['channels.id'],
            name=op.f('fk_library_answers_channel_id_channels'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_library_answers')),
    )
    op.create_index(
        op.f('ix_library_answers_channel_id_question_id'),
        'library_answers',
        ['channel_id', 'question', 'id'],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f('ix_library_answers_channel_id_question_id'), table_name='library_answers')
    op.drop_table('library_answers')
    op.drop_index(op.f('ix_template_refreshes_channel_id_id'), table_name='template_refreshes')
    op.drop_table('template_refreshes')
