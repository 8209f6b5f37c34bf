"""Messages that a person looks at before they are sent."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Line, Moment, Ref, Word, Words

UNDECIDED = "decision IS NULL"


class ApprovalRow(Base):
    """Asked for when the message is stored; who decided, when and why stands here for good."""

    __tablename__ = "approvals"
    __table_args__ = (
        # what still waits, oldest first
        Index(
            "ix_approvals_undecided",
            "message_id",
            sqlite_where=text(UNDECIDED),
            postgresql_where=text(UNDECIDED),
        ),
    )

    message_id: Mapped[Ref] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    decision: Mapped[Word | None]
    decided_by: Mapped[Line] = mapped_column(default="")
    decided_at: Mapped[Moment | None]
    reason: Mapped[Words] = mapped_column(default="")
