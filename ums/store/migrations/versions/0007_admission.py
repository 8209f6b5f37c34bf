"""sensitive words, approvals, what limits count

Revision: 0007, after 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
UNDECIDED = sa.text("decision IS NULL")


def upgrade() -> None:
    op.create_table(
        'words',
        sa.Column('id', REF, nullable=False),
        sa.Column('word', sa.String(length=255), nullable=False),
        sa.Column('folded', sa.String(length=255), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('updated_at', MOMENT, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_words')),
        sa.UniqueConstraint('folded', name=op.f('uq_words_folded')),
    )
    op.create_table(
        'revisions',
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_revisions')),
    )
    op.create_table(
        'approvals',
        sa.Column('message_id', REF, nullable=False),
        sa.Column('decision', sa.String(length=64), nullable=True),
        sa.Column('decided_by', sa.String(length=255), nullable=False),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['message_id'], ['messages.id'], name=op.f('fk_approvals_message_id_messages'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('message_id', name=op.f('pk_approvals')),
    )
    op.create_index(
        'ix_approvals_undecided', 'approvals', ['message_id'], sqlite_where=UNDECIDED, postgresql_where=UNDECIDED
    )
    op.create_table(
        'user_sends',
        sa.Column('application_id', REF, nullable=False),
        sa.Column('userid', sa.String(length=64), nullable=False),
        sa.Column('message_id', REF, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'],
            ['applications.id'],
            name=op.f('fk_user_sends_application_id_applications'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('application_id', 'userid', 'message_id', name=op.f('pk_user_sends')),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f('ix_user_sends_application_id_at'), 'user_sends', ['application_id', 'at'])
    op.create_table(
        'broadcast_days',
        sa.Column('application_id', REF, nullable=False),
        sa.Column('day', sa.String(length=64), nullable=False),
        sa.Column('broadcasts', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['application_id'],
            ['applications.id'],
            name=op.f('fk_broadcast_days_application_id_applications'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('application_id', 'day', name=op.f('pk_broadcast_days')),
    )


def downgrade() -> None:
    for name in ('broadcast_days', 'user_sends', 'approvals', 'revisions', 'words'):
        op.drop_table(name)
