"""what every delivery writes stands in fewer and smaller indexes

Revision: 0021, after 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

HELD = sa.text('credit IS NOT NULL')
LEFT_OVER = sa.text("credit IS NOT NULL AND status NOT IN ('sending', 'queued')")
BALANCES = 'ix_credits_channel_id_template_id_balance'
BY_TEMPLATE = 'ix_credit_movements_channel_id_address_template_id_id'
BY_ADDRESS = 'ix_credit_movements_channel_id_address_id'


def upgrade() -> None:
    # no query is answered by it: what is looked for is what a balance has left
    op.drop_index(BALANCES, 'credits')
    # an address has few templates
    op.create_index(BY_ADDRESS, 'credit_movements', ['channel_id', 'address', 'id'])
    op.drop_index(BY_TEMPLATE, 'credit_movements')
    op.drop_index('ix_deliveries_credit', 'deliveries')
    _index_holders(LEFT_OVER)


def downgrade() -> None:
    op.drop_index('ix_deliveries_credit', 'deliveries')
    _index_holders(HELD)
    op.create_index(BY_TEMPLATE, 'credit_movements', ['channel_id', 'address', 'template_id', 'id'])
    op.drop_index(BY_ADDRESS, 'credit_movements')
    op.create_index(BALANCES, 'credits', ['channel_id', 'template_id', 'balance'])


def _index_holders(which: sa.TextClause) -> None:
    op.create_index(
        'ix_deliveries_credit', 'deliveries', ['updated_at'], sqlite_where=which, postgresql_where=which
    )
