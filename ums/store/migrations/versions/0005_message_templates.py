"""message templates and their versions

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'message_templates',
        sa.Column('id', REF, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_message_templates')),
        sa.UniqueConstraint('name', name=op.f('uq_message_templates_name')),
    )
    op.create_table(
        'message_template_versions',
        sa.Column('template_id', REF, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('variables', sa.JSON(), nullable=False),
        sa.Column('channels', sa.JSON(), nullable=False),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ['template_id'],
            ['message_templates.id'],
            name=op.f('fk_message_template_versions_template_id_message_templates'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('template_id', 'version', name=op.f('pk_message_template_versions')),
    )
    op.add_column('messages', sa.Column('template_id', sa.Integer(), nullable=True))
    op.add_column('messages', sa.Column('template_version', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('messages', 'template_version')
    op.drop_column('messages', 'template_id')
    op.drop_table('message_template_versions')
    op.drop_table('message_templates')
