"""The tables, by noun. A row class ends in `Row`, so that plain nouns always mean domain values."""

from __future__ import annotations

from ums.store.models.applications import AccessKeyRow, ApplicationRow, GrantRow, IdempotencyRow
from ums.store.models.approvals import ApprovalRow
from ums.store.models.audits import AuditRow
from ums.store.models.callbacks import CallbackAttemptRow, CallbackBatchRow, CallbackEventRow, CallbackRow
from ums.store.models.channels import (
    BreakerRow,
    ChannelRow,
    EndpointRow,
    LibraryAnswerRow,
    RemoteTemplateRow,
    TemplateRefreshRow,
    TokenRow,
)
from ums.store.models.counts import BroadcastDayRow, UserSendRow
from ums.store.models.credits import CreditMovementRow, CreditRow, SavedCallRow
from ums.store.models.follows import ErasureRow, FollowRow, ListeningRow, WindowHoldRow, WindowRow
from ums.store.models.lists import ListedRow, ListRow
from ums.store.models.materials import MaterialRow
from ums.store.models.message_templates import MessageTemplateRow, MessageTemplateVersionRow
from ums.store.models.messages import AttemptRow, DeliveryRow, MessageRow, ReceiptRow
from ums.store.models.operators import LoginLinkRow, OperatorRow, SessionRow
from ums.store.models.people import (
    BackfillRow,
    BindingChangeRow,
    BindResultRow,
    BindTicketRow,
    BindVisitRow,
    ConflictRow,
    IdentityRow,
    LoginSessionRow,
    SiteFileRow,
)
from ums.store.models.platforms import (
    AuthorisationLinkRow,
    AuthorisationRow,
    PlatformEventRow,
    PlatformRow,
)
from ums.store.models.provider_events import ProviderEventRow
from ums.store.models.quotas import EndpointCallsRow, EndpointQuotaRow, QuotaClearRow, TokenRenewalRow
from ums.store.models.rates import RateRow
from ums.store.models.rules import RuleRow
from ums.store.models.schema import Base
from ums.store.models.segments import SegmentRow
from ums.store.models.users import BindingRow, UserRow
from ums.store.models.words import RevisionRow, WordRow
from ums.store.models.workers import BatchRow, LeaseRow, WalkRow, WorkerRow

__all__ = [
    "AccessKeyRow",
    "ApplicationRow",
    "ApprovalRow",
    "AttemptRow",
    "AuditRow",
    "AuthorisationLinkRow",
    "AuthorisationRow",
    "BackfillRow",
    "Base",
    "BatchRow",
    "BindResultRow",
    "BindTicketRow",
    "BindVisitRow",
    "BindingChangeRow",
    "BindingRow",
    "BreakerRow",
    "BroadcastDayRow",
    "CallbackAttemptRow",
    "CallbackBatchRow",
    "CallbackEventRow",
    "CallbackRow",
    "ChannelRow",
    "ConflictRow",
    "CreditMovementRow",
    "CreditRow",
    "DeliveryRow",
    "EndpointCallsRow",
    "EndpointQuotaRow",
    "EndpointRow",
    "ErasureRow",
    "FollowRow",
    "GrantRow",
    "IdempotencyRow",
    "IdentityRow",
    "LeaseRow",
    "LibraryAnswerRow",
    "ListRow",
    "ListedRow",
    "ListeningRow",
    "LoginLinkRow",
    "LoginSessionRow",
    "MaterialRow",
    "MessageRow",
    "MessageTemplateRow",
    "MessageTemplateVersionRow",
    "OperatorRow",
    "PlatformEventRow",
    "PlatformRow",
    "ProviderEventRow",
    "QuotaClearRow",
    "RateRow",
    "ReceiptRow",
    "RemoteTemplateRow",
    "RevisionRow",
    "RuleRow",
    "SavedCallRow",
    "SegmentRow",
    "SessionRow",
    "SiteFileRow",
    "TemplateRefreshRow",
    "TokenRenewalRow",
    "TokenRow",
    "UserRow",
    "UserSendRow",
    "WalkRow",
    "WindowHoldRow",
    "WindowRow",
    "WordRow",
    "WorkerRow",
]
