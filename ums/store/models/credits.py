"""How often a provider will still take a template for an address: what its user has allowed, and what was sent."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word


class CreditRow(Base):
    """The credits of an address for a template; where there is no row, nothing is known.

    `reserved` of the `balance` belong to deliveries that are being sent, or of which nobody knows what became.
    """

    __tablename__ = "credits"
    __table_args__ = ({"sqlite_with_rowid": False},)

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[Line] = mapped_column(primary_key=True)
    template_id: Mapped[Line] = mapped_column(primary_key=True)
    balance: Mapped[int]
    reserved: Mapped[int]
    updated_at: Mapped[Moment]


class CreditMovementRow(Base):
    """One change of a balance, and its cause.

    `source` says who told of what the user allowed; `paired` that the other source has told of it too.
    """

    __tablename__ = "credit_movements"
    __table_args__ = (
        # an address's changes in order
        Index(None, "channel_id", "address", "id"),
        # what the other source may still tell of
        Index(
            "ix_credit_movements_unpaired",
            "channel_id",
            "address",
            "template_id",
            "source",
            "id",
            sqlite_where=text("source IS NOT NULL AND paired_at IS NULL"),
            postgresql_where=text("source IS NOT NULL AND paired_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    address: Mapped[Line]
    template_id: Mapped[Line]
    change: Mapped[int]
    balance: Mapped[int]
    cause: Mapped[Word]
    source: Mapped[Word | None]
    paired_at: Mapped[Moment | None]
    delivery_id: Mapped[Ref | None]
    at: Mapped[Moment]


class SavedCallRow(Base):
    """Calls that were not made on a day, such as `2027-01-15`: the ledger knew that they would be refused."""

    __tablename__ = "saved_calls"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[Word] = mapped_column(primary_key=True)
    calls: Mapped[int]
