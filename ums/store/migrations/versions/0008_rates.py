"""requests a minute

Revision: 0008, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'rates',
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('began', sa.Float(precision=53), nullable=False),
        sa.Column('taken', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_rates')),
    )


def downgrade() -> None:
    op.drop_table('rates')
