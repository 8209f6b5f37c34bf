"""who people are, what they may bind, and how their bindings have changed

Revision: 0016, after 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

REF = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.Float(precision=53)
LINE = sa.String(length=255)
WORD = sa.String(length=64)
UNASKED = sa.text('asked_at IS NULL')
JOINED = sa.text("joined <> ''")


def _to(table: str, name: str, other: str) -> sa.ForeignKeyConstraint:
    key = 'digest' if other == 'bind_tickets' else 'id'
    return sa.ForeignKeyConstraint(
        [name], [f'{other}.{key}'], name=op.f(f'fk_{table}_{name}_{other}'), ondelete='CASCADE'
    )


def upgrade() -> None:
    op.add_column('applications', sa.Column('linking', sa.JSON(), server_default='{}', nullable=False))
    _create_identities()
    _create_binding_changes()
    _create_binding_conflicts()
    _create_bind_tickets()
    _create_bind_visits()
    _create_bind_results()
    _create_login_sessions()
    _create_backfills()
    _create_site_files()


def _create_identities() -> None:
    op.create_table(
        'identities',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('joined', LINE, nullable=False),
        sa.Column('person', WORD, nullable=False),
        sa.Column('asked_at', MOMENT, nullable=True),
        sa.Column('at', MOMENT, nullable=False),
        _to('identities', 'channel_id', 'channels'),
        sa.PrimaryKeyConstraint('channel_id', 'address', name=op.f('pk_identities')),
        sqlite_with_rowid=False,
    )
    op.create_index('ix_identities_joined', 'identities', ['joined'], sqlite_where=JOINED, postgresql_where=JOINED)
    op.create_index(op.f('ix_identities_person'), 'identities', ['person'])
    op.create_index(
        'ix_identities_unasked',
        'identities',
        ['channel_id', 'address'],
        sqlite_where=UNASKED,
        postgresql_where=UNASKED,
    )


def _create_binding_changes() -> None:
    op.create_table(
        'binding_changes',
        sa.Column('id', REF, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('userid', WORD, nullable=False),
        sa.Column('property', WORD, nullable=False),
        sa.Column('bind_id', WORD, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('bound', sa.Boolean(), nullable=False),
        sa.Column('cause', WORD, nullable=False),
        sa.Column('by', LINE, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_binding_changes')),
    )
    op.create_index(
        op.f('ix_binding_changes_property_bind_id_address'), 'binding_changes', ['property', 'bind_id', 'address']
    )
    op.create_index(op.f('ix_binding_changes_userid_id'), 'binding_changes', ['userid', 'id'])


def _create_binding_conflicts() -> None:
    op.create_table(
        'binding_conflicts',
        sa.Column('id', REF, nullable=False),
        sa.Column('person', WORD, nullable=False),
        sa.Column('kind', WORD, nullable=False),
        sa.Column('userids', sa.JSON(), nullable=False),
        sa.Column('state', WORD, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('decided_by', LINE, nullable=False),
        sa.Column('decision', LINE, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_binding_conflicts')),
        sa.UniqueConstraint('person', 'kind', name=op.f('uq_binding_conflicts_person_kind')),
    )
    op.create_index(op.f('ix_binding_conflicts_state_id'), 'binding_conflicts', ['state', 'id'])


def _create_bind_tickets() -> None:
    op.create_table(
        'bind_tickets',
        sa.Column('digest', WORD, nullable=False),
        sa.Column('purpose', WORD, nullable=False),
        sa.Column('application_id', REF, nullable=False),
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('userid', WORD, nullable=False),
        sa.Column('companion_id', REF, nullable=True),
        sa.Column('companion', LINE, nullable=False),
        sa.Column('known', LINE, nullable=False),
        sa.Column('return_to', sa.Text(), nullable=False),
        sa.Column('origin', LINE, nullable=False),
        sa.Column('expires_at', MOMENT, nullable=False),
        sa.Column('used_at', MOMENT, nullable=True),
        _to('bind_tickets', 'application_id', 'applications'),
        _to('bind_tickets', 'channel_id', 'channels'),
        _to('bind_tickets', 'companion_id', 'channels'),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_bind_tickets')),
    )
    op.create_index(op.f('ix_bind_tickets_expires_at'), 'bind_tickets', ['expires_at'])


def _create_bind_visits() -> None:
    op.create_table(
        'bind_visits',
        sa.Column('digest', WORD, nullable=False),
        sa.Column('ticket', WORD, nullable=False),
        sa.Column('browser', WORD, nullable=False),
        sa.Column('openly', sa.Boolean(), nullable=False),
        sa.Column('expires_at', MOMENT, nullable=False),
        sa.Column('used_at', MOMENT, nullable=True),
        sa.Column('outcome', sa.JSON(), nullable=True),
        _to('bind_visits', 'ticket', 'bind_tickets'),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_bind_visits')),
    )
    op.create_index(op.f('ix_bind_visits_expires_at'), 'bind_visits', ['expires_at'])


def _create_bind_results() -> None:
    op.create_table(
        'bind_results',
        sa.Column('digest', WORD, nullable=False),
        sa.Column('application_id', REF, nullable=False),
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('companion_id', REF, nullable=True),
        sa.Column('companion', LINE, nullable=False),
        sa.Column('userid', WORD, nullable=False),
        sa.Column('origin', LINE, nullable=False),
        sa.Column('expires_at', MOMENT, nullable=False),
        _to('bind_results', 'application_id', 'applications'),
        _to('bind_results', 'channel_id', 'channels'),
        _to('bind_results', 'companion_id', 'channels'),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_bind_results')),
    )
    op.create_index(op.f('ix_bind_results_expires_at'), 'bind_results', ['expires_at'])


def _create_login_sessions() -> None:
    op.create_table(
        'login_sessions',
        sa.Column('digest', WORD, nullable=False),
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('address', LINE, nullable=False),
        sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
        sa.Column('expires_at', MOMENT, nullable=False),
        _to('login_sessions', 'channel_id', 'channels'),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_login_sessions')),
    )
    op.create_index(op.f('ix_login_sessions_expires_at'), 'login_sessions', ['expires_at'])


def _create_backfills() -> None:
    op.create_table(
        'backfills',
        sa.Column('channel_id', REF, nullable=False),
        sa.Column('state', WORD, nullable=False),
        sa.Column('after', LINE, nullable=False),
        sa.Column('is_listed', sa.Boolean(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('listed', sa.Integer(), nullable=False),
        sa.Column('asked', sa.Integer(), nullable=False),
        sa.Column('joined', sa.Integer(), nullable=False),
        sa.Column('due', MOMENT, nullable=False),
        sa.Column('started_at', MOMENT, nullable=False),
        sa.Column('finished_at', MOMENT, nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        _to('backfills', 'channel_id', 'channels'),
        sa.PrimaryKeyConstraint('channel_id', name=op.f('pk_backfills')),
    )


def _create_site_files() -> None:
    op.create_table(
        'site_files',
        sa.Column('name', WORD, nullable=False),
        sa.Column('content', sa.Text(), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_site_files')),
    )


def downgrade() -> None:
    for name in (
        'site_files',
        'backfills',
        'login_sessions',
        'bind_results',
        'bind_visits',
        'bind_tickets',
        'binding_conflicts',
        'binding_changes',
        'identities',
    ):
        op.drop_table(name)
    with op.batch_alter_table('applications') as batch:
        batch.drop_column('linking')
