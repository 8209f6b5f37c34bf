"""The shapes of answers, by the names of the wire. They may hold more members than these."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from ums.client.messages import Json


class Answer(TypedDict):
    """What every success holds; `code` is 0."""

    code: int


class Done(Answer):
    """It is done, and there is nothing to show."""

    message: str


class Unreachable(TypedDict):
    """Users whom a message would not reach, for one reason; `userids` are the first hundred."""

    reason: str
    count: int
    userids: list[str]


class Found(TypedDict):
    """Something in a content that keeps it from being sent, and where."""

    path: str
    text: str


class Linted(TypedDict):
    """What was found in the content for one channel; `clipped` has the texts that are sent instead, by path."""

    ok: bool
    findings: list[Found]
    clipped: dict[str, str]


class Lint(Answer):
    """What was found in a message's contents, by channel code."""

    channels: dict[str, Linted]


class Sent(Answer):
    """A send that was taken; or, of a dry run, how many would get it on which channel, and who wouldn't and why."""

    msgid: str
    sendno: NotRequired[str]
    warnings: NotRequired[list[str]]
    dry_run: NotRequired[bool]
    recipients: NotRequired[int]
    channels: NotRequired[dict[str, int]]
    unreachable: NotRequired[list[Unreachable]]
    lint: NotRequired[dict[str, Linted]]


class SentInBatch(TypedDict):
    """One message of a batch that was taken; `index` is its place, from 0."""

    index: int
    msgid: str
    sendno: NotRequired[str]
    warnings: NotRequired[list[str]]


class NotSentInBatch(TypedDict):
    """One message of a batch that was not taken; `errcode` is a number as a text."""

    index: int
    errcode: str
    errmsg: str
    errors: dict[str, list[str]]


class BatchSentData(TypedDict):
    """Which messages were taken, and which weren't."""

    success: list[SentInBatch]
    fail: list[NotSentInBatch]


class BatchSent(Answer):
    """What became of a batch of messages: a success even where some were not taken."""

    message: str
    data: BatchSentData


class Failure(TypedDict):
    """One user of a batch who was not taken; `errcode` is a number as a text."""

    userid: str
    errcode: str
    errmsg: str


class BatchData(TypedDict):
    """Who was taken, and who wasn't."""

    success: list[str]
    fail: list[Failure]


class Batch(Answer):
    """What became of a batch of users: a success even where some were not taken."""

    message: str
    data: BatchData


class Binding(TypedDict):
    """One address of a user; `state` is active or retired."""

    property: str
    bind_id: str
    value: str
    state: str
    cause: str


class User(TypedDict):
    """A user, as far as the caller may see him."""

    userid: str
    properties: dict[str, Json]
    bindings: list[Binding]


class Hindrance(TypedDict):
    """Why a channel doesn't reach a user now, what would change that, and when it ends by itself (unix seconds)."""

    reason: str
    detail: str
    fix: str
    until: int | None


class ChannelReach(TypedDict):
    """Whether one channel reaches a user now, and why not: the first of all `reasons`."""

    channel: str
    type: str
    reachable: bool
    reason: str
    fix: str
    until: int | None
    reasons: list[Hindrance]


class Reach(Answer):
    """On which channels a user can be reached."""

    userid: str
    channels: list[ChannelReach]


class UserChange(TypedDict):
    """A change of one of a user's addresses; `change` is bound, unbound, unreachable or reachable."""

    id: int
    at: int
    property: str
    bind_id: str
    address: str
    change: str
    cause: str
    by: str


class MessageState(TypedDict):
    """How far a message has come; times are unix seconds."""

    msgid: str
    status: str
    recipients: int
    counts: dict[str, int]
    channels: dict[str, dict[str, int]]
    created_at: int
    finished_at: int | None
    purged_at: int | None


class Delivery(TypedDict):
    """One message to one address on one channel."""

    id: int
    userid: str
    channel: str | None
    address: str | None
    status: str
    reason: str
    provider_code: int | None
    provider_message: str
    attempts: int
    step: int
    fallback_of: int | None
    cause: str
    updated_at: int


class Failing(TypedDict):
    """A channel's calls keep failing: why, since when, and when it is tried next (unix seconds)."""

    reason: str
    since: int
    tried_at: int


class Channel(TypedDict):
    """One channel; `state` is ready, parked, paused or closed. `failing` is None where its calls are answered."""

    channel: str
    type: str
    name: str
    state: str
    reason: str
    refreshed_at: int | None
    failing: Failing | None


class Credits(Answer):
    """How many messages a user still allows, by template; None where it isn't known."""

    credits: dict[str, int | None]


class Subscription(TypedDict):
    """How many messages of a template an openid still allows; `reserved` are further ones."""

    openid: str
    userid: str | None
    template_id: str
    credits: int
    reserved: int
    updated_at: int


class Token(Answer):
    """A provider's access token; `expires_in` is seconds, as a text."""

    token: str
    expires_in: str


class Material(Answer):
    """A stored file: `url` may stand in `msg_email.files`."""

    url: str
