"""The tables, by noun. A row class ends in `Row`, so that plain nouns always mean domain values."""

from __future__ import annotations

from ums.store.models.applications import AccessKeyRow, ApplicationRow, GrantRow, IdempotencyRow
from ums.store.models.channels import ChannelRow, EndpointRow, RemoteTemplateRow, TokenRow
from ums.store.models.lists import ListedRow, ListRow
from ums.store.models.messages import AttemptRow, DeliveryRow, MessageRow, ReceiptRow
from ums.store.models.operators import LoginLinkRow, OperatorRow, SessionRow
from ums.store.models.rules import RuleRow
from ums.store.models.schema import Base, db
from ums.store.models.segments import SegmentRow
from ums.store.models.users import BindingRow, UserRow
from ums.store.models.workers import LeaseRow, WorkerRow

__all__ = [
    "AccessKeyRow",
    "ApplicationRow",
    "AttemptRow",
    "Base",
    "BindingRow",
    "ChannelRow",
    "DeliveryRow",
    "EndpointRow",
    "GrantRow",
    "IdempotencyRow",
    "LeaseRow",
    "ListRow",
    "ListedRow",
    "LoginLinkRow",
    "MessageRow",
    "OperatorRow",
    "ReceiptRow",
    "RemoteTemplateRow",
    "RuleRow",
    "SegmentRow",
    "SessionRow",
    "TokenRow",
    "UserRow",
    "WorkerRow",
    "db",
]
