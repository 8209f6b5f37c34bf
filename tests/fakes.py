"""Whole stand-ins: a clock that stands still, a channel plugin with every capability, and its provider.

`FakePlugin("app")` and `FakePlugin("email")` speak to a `FakeProvider`, a real HTTP server on loopback.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from marshmallow import Schema, fields, post_load, validate

from tests.fake_logins import FakePeople
from tests.fake_platform import FakePlatformSettings, platform
from tests.fake_provider import CODES, FakeProvider
from ums.domain.wire import CHANNEL_TYPES
from ums.sdk.call import Call, Exchange, Json, Reply, json_body
from ums.sdk.errors import (
    Accepted,
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    Resumption,
    SendError,
    Throttled,
    Transient,
    Uncertain,
)
from ums.sdk.explanation import Explanation
from ums.sdk.hook import Follow, HookRefused, HookReply, HookRequest, ProviderEvent
from ums.sdk.lint import CLEAN, Finding, Linted
from ums.sdk.platform import AuthorisedAccount, HasPlatform, Remark
from ums.sdk.plugin import (
    Address,
    ChannelPlugin,
    HasCredits,
    HasExplanations,
    HasFollowers,
    HasHook,
    HasLint,
    HasQuotas,
    HasTemplateLibrary,
    HasToken,
    HasWindows,
    Outbound,
    PluginInfo,
)
from ums.sdk.quotas import Quota
from ums.sdk.receipts import DeliveryStatus, Receipt
from ums.sdk.specimen import Specimen
from ums.sdk.templates import (
    ChoiceRules,
    LibraryCategory,
    LibraryKeyword,
    LibraryTitle,
    LibraryTitles,
    NewTemplate,
    RemoteTemplate,
    TemplateField,
    TemplatePage,
)
from ums.sdk.tokens import Token

__all__ = ["CODES", "AuthorisedPlugin", "FakePlugin", "FakeProvider", "FakeSettings", "FrozenClock", "PlainPlugin"]

NOON = 1_800_000_000.0
SCOPES = {
    "dead_address": AddressFault.ADDRESS,
    "no_credit": AddressFault.TEMPLATE,
    "not_following": AddressFault.FOLLOW,
    "outside_window": AddressFault.WINDOW,
    "window_used_up": AddressFault.WINDOW,
}


class FrozenClock:
    """A clock that moves only when told to."""

    def __init__(self, now: float = NOON) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSettings:
    account: str
    secret: str = field(repr=False)
    base_url: str
    hook_token: str = field(default="", repr=False)
    unknown_credits: str = "try"
    authorised_by: str = "secret"
    phone_numbers: str = "off"
    bind_application: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeContent:
    text: str
    endpoint: str
    repeat_window: float
    template: str | None
    to_followers: bool
    windowed: bool = False


class FakeSettingsSchema(Schema):
    account = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-z0-9]+\Z", error="Letters a to z, digits."),
        metadata={"help": "Found in the fake's console."},
    )
    secret = fields.String(required=True, metadata={"secret": True})
    base_url = fields.Url(load_default="http://127.0.0.1:9", require_tld=False, schemes={"http", "https"})
    hook_token = fields.String(load_default="", metadata={"secret": True})
    unknown_credits = fields.String(load_default="try", validate=validate.OneOf(["try", "none"]))
    authorised_by = fields.String(load_default="secret", validate=validate.OneOf(["secret", "platform"]))
    phone_numbers = fields.String(load_default="off", validate=validate.OneOf(["off", "on"]))
    bind_application = fields.String(load_default="")

    @post_load
    def make(self, data: dict[str, str], **_: object) -> FakeSettings:
        return FakeSettings(**data)


class FakeContentSchema(Schema):
    text = fields.String(required=True, validate=validate.Length(min=1, max=100))
    endpoint = fields.String(load_default="message", validate=validate.OneOf(["message", "notice"]))
    repeat_window = fields.Float(load_default=0.0)
    template = fields.String()
    to_followers = fields.Boolean(load_default=False)
    windowed = fields.Boolean(load_default=False)
    # what a send by a message template says of an app push; the fake's provider doesn't ask
    platform = fields.Raw()
    options = fields.Dict()
    # which template it is for
    template_id = fields.String()
    data = fields.Dict()

    @post_load
    def make(self, data: dict[str, str | float], **_: object) -> FakeContent:
        return FakeContent(
            text=str(data["text"]),
            endpoint=str(data["endpoint"]),
            repeat_window=float(data["repeat_window"]),
            template=str(data["template"]) if "template" in data else None,
            to_followers=bool(data["to_followers"]),
            windowed=bool(data["windowed"]),
        )


class PlainPlugin(ChannelPlugin[FakeSettings, FakeContent]):
    """A way out under the channel type `key` that can do nothing but send. Addresses are `fake-…`."""

    address = Address(
        label="Fake address", label_zh="地址", pattern=re.compile(r"\Afake-[\w-]+\Z"), example="fake-zhangsan"
    )

    def __init__(self, key: str = "app") -> None:
        title = CHANNEL_TYPES[key].type
        self.info = PluginInfo(
            key=key,
            title=title,
            title_zh=title,
            homepage="https://fake.example",
            endpoints={"message": 50.0, "notice": 0.5},
        )

    def settings_schema(self) -> Schema:
        return FakeSettingsSchema()

    def message_schema(self) -> Schema:
        return FakeContentSchema()

    def endpoint(self, content: FakeContent) -> str:
        return content.endpoint

    def repeat_window(self, content: FakeContent) -> float:
        return content.repeat_window

    def reports(self, settings: FakeSettings, content: FakeContent) -> bool:
        return bool(settings.hook_token)

    def reports_clicks(self, settings: FakeSettings, content: FakeContent) -> bool:
        return self.reports(settings, content)

    def send(self, settings: FakeSettings, outbound: Outbound[FakeContent]) -> Exchange[Accepted]:
        body: dict[str, Json] = {"to": outbound.address, "text": outbound.content.text, "id": outbound.repeat_id}
        call = Call("POST", f"{settings.base_url}/send", body=json_body(body), token=isinstance(self, HasToken))
        answer = yield from _answer(call)
        return Accepted(provider_id=str(answer["id"]))


class FakePlugin(
    PlainPlugin,
    HasToken[FakeSettings],
    HasCredits[FakeSettings, FakeContent],
    HasFollowers[FakeContent],
    HasWindows[FakeSettings, FakeContent],
    HasTemplateLibrary[FakeSettings],
    HasLint[FakeSettings, FakeContent],
    HasQuotas[FakeSettings],
    HasHook[FakeSettings],
    FakePeople,
    HasExplanations,
):
    """A way out with every capability. Its provider takes no !!!; tabs are clipped to blanks."""

    template_kinds = ("message", "notice")
    template_limits: ClassVar[Mapping[str, int]] = {"message": 50}
    clears_a_month = 3

    def token_key(self, settings: FakeSettings) -> str:
        return f"fake:{settings.base_url}:{settings.account}"

    def token(self, settings: FakeSettings) -> Exchange[Token]:
        body = json_body({"account": settings.account, "secret": settings.secret})
        answer = yield from _answer(Call("POST", f"{settings.base_url}/token", body=body, repeatable=True))
        return Token(value=str(answer["token"]), lifetime=7200.0)

    def specimen(self, template: str = "", kind: str = "") -> Specimen:
        """Only followers get what goes to `message`, and it takes credits."""
        if kind == "notice":
            return Specimen({"text": "-", "endpoint": kind})
        asked: Mapping[str, Json] = {"template": template} if template else {}
        return Specimen({"text": "-", "to_followers": True, **asked})

    def credit(self, content: FakeContent) -> str | None:
        return content.template

    def to_followers(self, content: FakeContent) -> bool:
        return content.to_followers

    def in_window(self, content: FakeContent) -> bool:
        return content.windowed

    def hears(self, settings: FakeSettings) -> bool:
        return bool(settings.hook_token)

    def tries_unheard(self, settings: FakeSettings) -> bool:
        return self.tries_unknown(settings)

    def tries_unknown(self, settings: FakeSettings) -> bool:
        return settings.unknown_credits == "try"

    def templates(self, settings: FakeSettings, kind: str, cursor: str) -> Exchange[TemplatePage]:
        query = {"kind": kind, "cursor": cursor}
        url = f"{settings.base_url}/templates/{kind}"
        answer = yield from _answer(Call("GET", url, query=query, token=True, repeatable=True))
        found = answer["templates"]
        assert isinstance(found, list)
        return TemplatePage(templates=tuple(_template(kind, item) for item in found), next=str(answer["next"]))

    def lint(self, settings: FakeSettings, content: FakeContent, template: RemoteTemplate | None) -> Linted:
        if "!!!" in content.text:
            return Linted(findings=(Finding(path="text", text="Must not shout."),))
        return Linted(clipped={"text": content.text.replace("\t", " ")}) if "\t" in content.text else CLEAN

    def categories(self, settings: FakeSettings) -> Exchange[tuple[LibraryCategory, ...]]:
        answer = yield from _library(settings, "categories")
        return tuple(LibraryCategory(id=word, name=word.title()) for word in str(answer["found"]).split())

    def titles(self, settings: FakeSettings, categories: tuple[str, ...], start: int) -> Exchange[LibraryTitles]:
        answer = yield from _library(settings, f"titles/{'+'.join(categories)}/{start}")
        found = tuple(
            LibraryTitle(tid=word, title=word.title(), type="one_time", category=categories[0])
            for word in str(answer["found"]).split()
        )
        return LibraryTitles(titles=found, total=start + len(found))

    def keywords(self, settings: FakeSettings, tid: str) -> Exchange[tuple[LibraryKeyword, ...]]:
        answer = yield from _library(settings, f"keywords/{tid}")
        return tuple(
            LibraryKeyword(id=word, name=word.title(), example="x", type="thing")
            for word in str(answer["found"]).split()
        )

    def choice_rules(self, kind: str, tid: str) -> ChoiceRules:
        return ChoiceRules(least=1, most=2, longest_scene=15, by_name=kind == "notice")

    def add_template(self, settings: FakeSettings, new: NewTemplate) -> Exchange[str]:
        body: dict[str, Json] = {"kind": new.kind, "tid": new.tid, "scene": new.scene}
        answer = yield from _library(settings, "add", {**body, "keywords": list(new.keywords)})
        return str(answer["found"])

    def delete_template(self, settings: FakeSettings, kind: str, template_id: str) -> Exchange[None]:
        yield from _library(settings, "delete", {"kind": kind, "id": template_id})

    def quota(self, settings: FakeSettings, endpoint: str) -> Exchange[Quota]:
        url = f"{settings.base_url}/quota/{endpoint}"
        answer = yield from _answer(Call("GET", url, token=True, repeatable=True))
        limit, used = int(str(answer["limit"])), int(str(answer["used"]))
        return Quota(daily_limit=limit, used=used, remain=max(0, limit - used))

    def clear_quota(self, settings: FakeSettings, endpoint: str | None) -> Exchange[None]:
        yield from _answer(Call("POST", f"{settings.base_url}/clear/{endpoint or ''}", token=True))

    def receive(self, settings: FakeSettings, request: HookRequest) -> HookReply:
        if not hmac.compare_digest(request.query.get("signature", ""), settings.hook_token or "unset"):
            raise HookRefused("wrong signature")
        if request.method == "GET":
            return HookReply(body=request.query.get("echo", ""))
        report = json.loads(request.body)
        if "kind" in report:
            return HookReply(body="success", events=(_event(report, request.now),))
        return HookReply(body="success", receipts=(_receipt(report),))

    def explanations(self) -> tuple[Explanation, ...]:
        return tuple(_explanation(code) for code in CODES)

    def explain(self, reason: str, provider_code: int | None, words: str) -> Explanation | None:
        return next((item for item in self.explanations() if item.reason == reason), None)


class AuthorisedPlugin(FakePlugin, HasPlatform[FakeSettings]):
    """A way out with every capability, whose accounts may authorise the fake platform as well."""

    platform = platform
    withdrawn = "withdrawn"

    def account_of(self, settings: FakeSettings) -> str:
        return settings.account

    def is_authorised(self, settings: FakeSettings) -> bool:
        return settings.authorised_by == "platform"

    def authorised_settings(
        self, platform: FakePlatformSettings, account: str, kept: Mapping[str, str]
    ) -> Mapping[str, str]:
        return {"secret": "none", **kept, "account": account, "authorised_by": "platform"}

    def listening(self, settings: FakeSettings, platform: FakePlatformSettings, address: str) -> FakeSettings:
        return replace(settings, hook_token=platform.secret)

    def remarks(self, account: AuthorisedAccount, permissions: frozenset[int]) -> tuple[Remark, ...]:
        return ()


def _library(
    settings: FakeSettings, path: str, body: dict[str, Json] | None = None
) -> Generator[Call, Reply, dict[str, Json]]:
    url = f"{settings.base_url}/library/{path}"
    data = b"" if body is None else json_body(body)
    return _answer(Call("GET" if body is None else "POST", url, body=data, token=True, repeatable=body is None))


def _answer(call: Call) -> Generator[Call, Reply, dict[str, Json]]:
    """The provider's answer where it is a good one. Raises the `SendError` of its code."""
    answer = _read(call, (yield call))
    if answer["code"] == CODES["expired_token"]:
        answer = _read(call, (yield call.renewed()))
    if answer["code"] != 0:
        raise _refusal(int(str(answer["code"])), str(answer["words"]))
    return answer


def _read(call: Call, reply: Reply) -> dict[str, Json]:
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise (Transient if call.repeatable else Uncertain)("unreadable")
    return answer


def _refusal(code: int, words: str) -> SendError:
    reason = next((reason for reason, known in CODES.items() if known == code), "unknown_code")
    if reason == "quota_used_up":
        return Throttled(reason, until=Resumption.NEXT_DAY, provider_code=code, provider_message=words)
    if reason in {"bad_secret", "no_permission"}:
        scope = Fault.CHANNEL if reason == "bad_secret" else Fault.ENDPOINT
        return BadChannel(reason, scope=scope, provider_code=code, provider_message=words)
    if reason in SCOPES:
        return BadAddress(reason, scope=SCOPES[reason], provider_code=code, provider_message=words)
    if reason == "bad_content":
        return BadContent(reason, field="text", provider_code=code, provider_message=words)
    return Transient(reason, provider_code=code, provider_message=words)


def _template(kind: str, item: Json) -> RemoteTemplate:
    assert isinstance(item, dict)
    return RemoteTemplate(
        template_id=str(item["id"]),
        title=str(item["title"]),
        kind=kind,
        content="{{thing1.DATA}}",
        example="thing1: parcel",
        fields=tuple(
            TemplateField(key=key, type="thing", label="Thing", limit="20") for key in str(item["keys"]).split()
        ),
    )


def _receipt(report: dict[str, str]) -> Receipt:
    return Receipt(
        event_id=report["event_id"],
        provider_id=report["provider_id"],
        address=report["address"],
        status=DeliveryStatus(report["status"]),
        reason=report.get("reason", ""),
        words=report.get("words", ""),
    )


def _event(report: dict[str, str], now: float) -> ProviderEvent:
    """What happened at `at`, or a second ago; `follow`, `unfollow` and `forget` have consequences."""
    kind, address, at = report["kind"], report["address"], float(report.get("at", now - 1))
    follows = kind in {"follow", "unfollow"}
    return ProviderEvent(
        kind=kind,
        address=address,
        event_id=report["event_id"],
        at=at,
        details=dict(report),
        follow=Follow(address, following=kind == "follow", at=at) if follows else None,
        erases=kind == "forget",
    )


def _explanation(reason: str) -> Explanation:
    return Explanation(
        reason=reason,
        provider_code=CODES[reason],
        raises=type(_refusal(CODES[reason], "")),
        text=f"The provider says {reason.replace('_', ' ')}.",
        text_zh="服务商拒绝。",
        hint=f"Look after the {reason.replace('_', ' ')}.",
        hint_zh="请检查。",
    )
