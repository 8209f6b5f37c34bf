"""materials; receipts of test messages

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

TEST = sa.text("endpoint = '(test)' AND status = 'accepted' AND open")
REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'materials',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('application_id', REF, nullable=False),
        sa.Column('file_name', sa.String(length=255), nullable=False),
        sa.Column('content_type', sa.String(length=255), nullable=False),
        sa.Column('size', REF, nullable=False),
        sa.Column('stored', sa.Boolean(), nullable=False),
        sa.Column('created_at', sa.Float(precision=53), nullable=False),
        sa.Column('expires_at', sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'], ['applications.id'], name=op.f('fk_materials_application_id_applications')
        ),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_materials')),
    )
    op.create_index(op.f('ix_materials_application_id'), 'materials', ['application_id'])
    op.create_index(op.f('ix_materials_expires_at'), 'materials', ['expires_at'])
    op.create_index('ix_deliveries_test', 'deliveries', ['id'], sqlite_where=TEST, postgresql_where=TEST)


def downgrade() -> None:
    op.drop_index('ix_deliveries_test', 'deliveries')
    op.drop_table('materials')
