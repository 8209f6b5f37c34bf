"""Linting held against the sandbox, which has the platform's rules from the same page and by its own hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels._wechat.account import CLIP, REFUSE
from channels._wechat.key_types import TYPES
from channels._wechat.lint import lint
from channels._wechat.templates import choices_of, fields_of
from channels.wechatoa.schemas import OfficialAccountMessage
from sandbox.client import SandboxClient
from sandbox.inprocess import running
from ums.sdk.call import Json
from ums.sdk.lint import CLEAN
from ums.sdk.templates import RemoteTemplate

VALUES_REFUSED = 47003
KINDS = (*TYPES, "const", "enum_string", "somethingnew")
LISTED: dict[str, Json] = {
    "keywordEnumValueList": [{"keywordCode": "enum_string4.DATA", "enumValueList": ["运输中", "已签收"]}]
}
KEYS = ("thing1", "phrase2", "amount3", "enum_string4")
SEVERAL = "".join(f"{{{{{key}.DATA}}}}\n" for key in KEYS)

PIECES = st.sampled_from(
    ["\n", "\r\n", "\t", " ", "\u3000", "\x07", "\x85", "\u2028", "二", "订单", "㐀", "𠮷", "a", "Z", "é", "…",
     "...", "0", "12", "٣", ".", "-", "+", "~", ":", "/", "年", "10月", "1日", "2019年10月1日", "2019-10-01",
     "2019.1.1", "15:01", "25:61", "￥", "$", "元", "100", "(", "_", "😀", "❤️", "👨\u200d👩\u200d👧", "\u200b",
     "京", "A8888", "挂"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=24).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=45),
    st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,3})?元?", fullmatch=True),
    st.from_regex(r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?( [0-9]{1,2}:[0-9]{2})?", fullmatch=True),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxClient]:
    with running() as url:
        yield SandboxClient(url)


class Desk:
    """An account of the platform with a template for each type of key, and one with several keys."""

    def __init__(self, sandbox: SandboxClient) -> None:
        listed = [{"template_id": kind, "title": kind, "content": f"{{{{{kind}1.DATA}}}}"} for kind in KINDS]
        several = {"priTmplId": "several", "title": "several", "content": SEVERAL, "type": 2, **LISTED}
        account = {"templates": listed, "subscription_templates": [several]}
        sandbox.control("PUT", "accounts/wxlint", account)
        self.url, self.token, self.session = sandbox.url, sandbox.token("wxlint"), requests.Session()

    def takes(self, template_id: str, data: Mapping[str, object], path: str = "message/template/send") -> bool:
        body = {"touser": "o1", "template_id": template_id, "data": data}
        url = f"{self.url}/cgi-bin/{path}?access_token={self.token}"
        code = self.session.post(url, json=body, timeout=10).json()["errcode"]
        assert code in {0, VALUES_REFUSED}
        return bool(code == 0)


@pytest.fixture(scope="module")
def desk(sandbox: SandboxClient) -> Desk:
    return Desk(sandbox)


def message(template_id: str, texts: Mapping[str, str]) -> OfficialAccountMessage:
    return OfficialAccountMessage(
        type=0, template_id=template_id, data={key: {"value": texts[key]} for key in texts}
    )


def holds(desk: Desk, texts: Mapping[str, str], path: str, template_id: str, known: RemoteTemplate | None) -> None:
    """What passes is taken, so what is not taken is found; and what was clipped is taken and passes."""
    if lint(REFUSE, message(template_id, texts), known).ok:
        assert desk.takes(template_id, message(template_id, texts).data, path)
    found = lint(CLIP, message(template_id, texts), known)
    if found.clipped and found.ok:
        sent = {key: found.clipped.get(f"data.{key}.value", text) for key, text in texts.items()}
        assert desk.takes(template_id, message(template_id, sent).data, path)
        assert lint(CLIP, message(template_id, sent), known) == CLEAN


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), text=TEXTS)
def test_no_value_that_passes_is_refused_by_the_platform(desk: Desk, kind: str, text: str) -> None:
    holds(desk, {f"{kind}1": text}, "message/template/send", kind, None)


KNOWN = RemoteTemplate(
    template_id="several",
    title="several",
    kind="subscription",
    content=SEVERAL,
    fields=fields_of(SEVERAL, choices_of(LISTED)),
)
VALUES = st.one_of(TEXTS, st.sampled_from(["运输中", "已签收", "好", "￥1", "", "x" * 30]))


@settings(max_examples=400, deadline=None)
@given(texts=st.dictionaries(st.sampled_from([*KEYS, "thing9"]), VALUES, min_size=1))
def test_no_message_that_fits_its_known_template_is_refused_by_the_platform(
    desk: Desk, texts: dict[str, str]
) -> None:
    holds(desk, texts, "message/subscribe/bizsend", "several", KNOWN)


@pytest.mark.parametrize("kind", KINDS)
def test_the_platform_refuses_what_is_found_for_sure(desk: Desk, kind: str) -> None:
    """The proof above would prove nothing on a sandbox that takes everything."""
    assert not desk.takes(kind, {f"{kind}1": {"value": "二\n"}})
