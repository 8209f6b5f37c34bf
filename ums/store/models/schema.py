"""What all tables share: names for constraints, and the types that differ between databases."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import JSON, BigInteger, Float, Integer, LargeBinary, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from ums.domain.commands import Json
from ums.domain.message_template import VariableItem
from ums.domain.rule import StepItem

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)]
"""A 64-bit key; SQLite numbers rows by itself only where the type is plain INTEGER."""
Ref = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"))]
"""A key of another table."""
Moment = Annotated[float, mapped_column(Float(53))]
"""Unix seconds."""
Word = Annotated[str, mapped_column(String(64))]
"""A short word out of a closed list, or an identifier."""
Line = Annotated[str, mapped_column(String(255))]
Words = Annotated[str, mapped_column(Text())]
Document = Annotated[dict[str, Json], mapped_column(JSON())]
Items = Annotated[list[Json], mapped_column(JSON())]
Contents = Annotated[dict[str, dict[str, Json]], mapped_column(JSON())]
"""What a message says on each channel type, as it stood on the wire."""
Steps = Annotated[list[StepItem], mapped_column(JSON())]
Variables = Annotated[list[VariableItem], mapped_column(JSON())]
Sealed = Annotated[bytes, mapped_column(LargeBinary())]
"""Encrypted at rest; see `ums.store.sealing`."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
