"""Files that applications have left for their mails to attach."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Line, Moment, Ref, Word


class MaterialRow(Base):
    """`digest` is that of the secret in the material's address, and the file's name on the shelf.

    The row is there before the file (`stored` says that the file is whole) and after it, so that no file is
    ever without a row that will have it removed.
    """

    __tablename__ = "materials"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id"), index=True)
    file_name: Mapped[Line]
    content_type: Mapped[Line]
    size: Mapped[Ref]
    stored: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
