"""The table of error codes, row by row as the platform's pages and its users have it."""

from __future__ import annotations

import pytest

from channels._wechat.codes import (
    EXPLANATIONS,
    ROWS,
    WORDS_KEPT,
    Operation,
    explain,
    known_reason,
    legible,
    refusal,
    refused_field,
    refused_ip,
)
from ums.sdk.errors import (
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

SUBSCRIPTION, TEMPLATE = Operation.SUBSCRIPTION, Operation.TEMPLATE_MESSAGE

WAITS = [
    (-1, None),
    (268487001, None),
    (268487002, None),
    (43108, 2.0),
    (43117, 600.0),
    (40038, 21600.0),
    (20001, None),
]
CHANNEL_FAULTS = [
    (40001, "token_refused"),
    (40014, "token_refused"),
    (42001, "token_refused"),
    (41001, "token_missing"),
    (42007, "authorisation_lost"),
    (40002, "request_altered"),
    (43002, "request_altered"),
    (44002, "request_altered"),
    (40066, "request_altered"),
    (40013, "wrong_appid"),
    (41002, "wrong_appid"),
    (40125, "wrong_secret"),
    (41004, "wrong_secret"),
    (40243, "secret_frozen"),
    (50004, "token_forbidden"),
    (50007, "account_frozen"),
    (50002, "account_limited"),
    (48004, "api_banned"),
    (40164, "ip_refused"),
    (61004, "ip_refused"),
    (45035, "ip_refused"),
    (89503, "ip_unconfirmed"),
    (89506, "ip_blocked"),
    (89507, "ip_blocked"),
    (61003, "authorisation_missing"),
    (61023, "authorisation_lost"),
    (61005, "verify_ticket_old"),
    (61006, "verify_ticket_wrong"),
    (61011, "platform_invalid"),
    (61014, "platform_token_refused"),
    (61009, "authorisation_code_refused"),
    (61010, "authorisation_code_refused"),
]
PLATFORM_FAULTS = [
    (40001, "wrong_platform_secret"),
    (40125, "wrong_platform_secret"),
    (41004, "wrong_platform_secret"),
    (40013, "wrong_platform_appid"),
    (48001, "platform_not_permitted"),
    (61004, "ip_refused"),
    (47001, "body_refused"),
    (99999, "provider_error"),
]
"""What a number means when the third-party platform itself is refused."""
ENDPOINT_FAULTS = [
    (48001, "not_authorised"),
    (50001, "not_authorised"),
    (61007, "not_authorised"),
    (200011, "library_banned"),
    (43106, "library_banned"),
    (200100, "wrong_account_type"),
    (40200, "wrong_account_type"),
    (48006, "clears_used_up"),
]
ADDRESS_FAULTS = [
    (40003, "invalid_address"),
    (43019, "blocked_by_account"),
    (48002, "refuses_messages"),
    (40226, "high_risk_person"),
]
CONTENT_FAULTS = [
    (40036, "wrong_template", "template_id"),
    (40037, "wrong_template", "template_id"),
    (40008, "message_type_refused", None),
    (40039, "wrong_link", "url"),
    (40165, "wrong_link", "miniprogram.pagepath"),
    (41030, "wrong_link", "page"),
    (40249, "content_blocked", None),
    (45168, "sensitive_word", None),
    (43116, "template_restricted", "template_id"),
    (43107, "subscription_banned", "template_id"),
    (43100, "template_changed_too_often", "template_id"),
    (47001, "body_refused", None),
    (47003, "invalid_value", None),
    (40062, "wrong_title", "title"),
    (45008, "too_many_articles", "news.articles"),
    (200012, "too_many_templates", None),
    (45026, "too_many_templates", None),
    (200013, "template_banned", "tid"),
    (200014, "library_refused", "tid"),
    (200016, "library_refused", "start"),
    (200017, "library_refused", "limit"),
    (200018, "library_refused", "ids"),
    (200019, "library_refused", "ids"),
    (200020, "library_refused", "kidList"),
    (200021, "library_refused", "sceneDesc"),
    (200022, "library_refused", "tid"),
    (40246, "library_refused", "keyword_name_list"),
    (40247, "library_refused", "template_id_short"),
    (20002, "library_refused", None),
    (200001, "library_refused", None),
    (200002, "library_refused", None),
    (404, "library_refused", None),
    (40400, "library_refused", None),
    (76001, "rid_unknown", None),
    (76002, "rid_malformed", None),
    (76004, "rid_too_old", None),
    (76021, "quota_path_unknown", None),
    (76022, "quota_not_told", None),
    (40029, "code_refused", None),
    (40030, "code_refused", None),
    (40163, "code_used", None),
    (42003, "code_expired", None),
    (41008, "code_missing", None),
]


@pytest.mark.parametrize(("code", "after"), WAITS)
def test_what_passes_by_itself_is_waited_for(code: int, after: float | None) -> None:
    error = refusal(code, "busy", SUBSCRIPTION)
    assert isinstance(error, Transient)
    assert error.after == after


@pytest.mark.parametrize(("code", "until"), [(45009, Resumption.NEXT_DAY), (45011, Resumption.NEXT_MINUTE)])
def test_a_quota_pauses_the_lane(code: int, until: Resumption) -> None:
    error = refusal(code, "reach max api daily quota limit", SUBSCRIPTION)
    assert isinstance(error, Throttled)
    assert error.until is until


@pytest.mark.parametrize(("code", "reason"), CHANNEL_FAULTS)
def test_a_fault_of_the_account_parks_the_channel(code: int, reason: str) -> None:
    error = refusal(code, "", TEMPLATE)
    assert isinstance(error, BadChannel)
    assert (error.scope, error.reason) == (Fault.CHANNEL, reason)


@pytest.mark.parametrize(("code", "reason"), PLATFORM_FAULTS)
def test_a_fault_of_the_third_party_platform_parks_the_channel(code: int, reason: str) -> None:
    error = refusal(code, "", Operation.PLATFORM)
    assert isinstance(error, BadChannel)
    assert (error.scope, error.reason) == (Fault.CHANNEL, reason)


def test_the_third_party_platform_s_quota_ends_with_the_day() -> None:
    error = refusal(45009, "", Operation.PLATFORM)
    assert isinstance(error, Throttled)
    assert (error.reason, error.until) == ("platform_quota", Resumption.NEXT_DAY)


@pytest.mark.parametrize(("code", "reason"), ENDPOINT_FAULTS)
def test_a_missing_permission_pauses_only_the_endpoint(code: int, reason: str) -> None:
    error = refusal(code, "", Operation.LIST)
    assert isinstance(error, BadChannel)
    assert (error.scope, error.reason) == (Fault.ENDPOINT, reason)


@pytest.mark.parametrize(("code", "reason"), ADDRESS_FAULTS)
@pytest.mark.parametrize("operation", [SUBSCRIPTION, TEMPLATE])
def test_a_dead_address_is_retired(code: int, reason: str, operation: Operation) -> None:
    error = refusal(code, "", operation)
    assert isinstance(error, BadAddress)
    assert (error.scope, error.reason) == (AddressFault.ADDRESS, reason)


@pytest.mark.parametrize(("code", "reason"), [(45015, "outside_window"), (45047, "window_used_up")])
def test_who_has_not_been_active_may_be_active_again(code: int, reason: str) -> None:
    error = refusal(code, "", Operation.CUSTOMER_SERVICE)
    assert isinstance(error, BadAddress)
    assert (error.scope, error.reason) == (AddressFault.WINDOW, reason)


def test_a_protected_minor_keeps_his_address() -> None:
    error = refusal(70000, "", Operation.CUSTOMER_SERVICE)
    assert isinstance(error, BadAddress)
    assert (error.scope, error.reason) == (AddressFault.TEMPLATE, "minor_protected")


@pytest.mark.parametrize("operation", [SUBSCRIPTION, TEMPLATE])
def test_who_does_not_follow_may_follow_again(operation: Operation) -> None:
    error = refusal(43004, "require subscribe", operation)
    assert isinstance(error, BadAddress)
    assert (error.scope, error.reason) == (AddressFault.FOLLOW, "not_following")


@pytest.mark.parametrize(
    ("operation", "reason"), [(SUBSCRIPTION, "no_credit"), (TEMPLATE, "template_switched_off")]
)
def test_43101_concerns_one_template_and_means_another_thing_for_each_kind(
    operation: Operation, reason: str
) -> None:
    error = refusal(43101, "user refuse to accept the msg rid: 1", operation)
    assert isinstance(error, BadAddress)
    assert (error.scope, error.reason) == (AddressFault.TEMPLATE, reason)


@pytest.mark.parametrize(("code", "reason", "field"), CONTENT_FAULTS)
def test_a_fault_of_the_content_names_what_it_can(code: int, reason: str, field: str | None) -> None:
    error = refusal(code, "", SUBSCRIPTION)
    assert isinstance(error, BadContent)
    assert (error.reason, error.field) == (reason, field)


def test_these_tests_speak_of_every_row() -> None:
    listed = {code for table in (WAITS, CHANNEL_FAULTS, ENDPOINT_FAULTS, ADDRESS_FAULTS, CONTENT_FAULTS)
              for code, *_ in table}  # fmt: skip
    assert {row.code for row in ROWS} == listed | {45009, 45011, 43101, 43004, 45015, 45047, 70000, 76003}


@pytest.mark.parametrize(
    ("operation", "reason"), [(Operation.QUOTA, "quota_path_malformed"), (Operation.LOOK_UP, "rid_foreign")]
)
def test_76003_means_a_path_or_a_rid(operation: Operation, reason: str) -> None:
    error = refusal(76003, "", operation)
    assert isinstance(error, BadContent)
    assert error.reason == reason


def test_40001_at_the_token_call_is_a_wrong_secret() -> None:
    error = refusal(40001, "invalid credential", Operation.ACCESS)
    assert isinstance(error, BadChannel)
    assert (error.reason, error.provider_code) == ("wrong_secret", 40001)


@pytest.mark.parametrize("code", [47001, 40003, 48001, 99999])
def test_no_refusal_of_a_token_is_ever_held_against_a_message(code: int) -> None:
    error = refusal(code, "", Operation.ACCESS)
    assert isinstance(error, BadChannel)
    assert error.scope is Fault.CHANNEL


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (SUBSCRIPTION, BadContent),
        (TEMPLATE, BadContent),
        (Operation.LIST, Transient),
        (Operation.ACCESS, BadChannel),
    ],
)
def test_an_unknown_number_is_kept_as_it_came(operation: Operation, kind: type[SendError]) -> None:
    error = refusal(99999, "what nobody knows", operation)
    assert isinstance(error, kind)
    assert (error.reason, error.provider_code, error.provider_message) == (
        "provider_error",
        99999,
        "what nobody knows",
    )


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("argument invalid! data.thing1.value invalid rid: 1-2", "thing1"),
        ("argument invalid! data.character_string12.value is emtpy", "character_string12"),
        ("argument invalid! data.thing2 invalid", "thing2"),
        ("argument invalid! rid: 1-2", None),
    ],
)
def test_47003_names_the_field(words: str, field: str | None) -> None:
    error = refusal(47003, words, SUBSCRIPTION)
    assert isinstance(error, BadContent)
    assert error.field == refused_field(words) == field


@pytest.mark.parametrize(
    ("words", "ip"),
    [
        ("invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 5", "1.2.3.4"),
        ("invalid ip 2001:db8::1, not in whitelist", "2001:db8::1"),
        ("invalid ip, not in whitelist", None),
        ("invalid ip 999.1.1.1, not in whitelist", None),
    ],
)
def test_40164_names_the_address_refused(words: str, ip: str | None) -> None:
    assert refused_ip(words) == ip


def test_the_hint_names_the_address_to_allow() -> None:
    found = explain("ip_refused", 40164, "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist")
    assert found is not None
    assert "1.2.3.4" in found.hint
    assert "1.2.3.4" in found.hint_zh


@pytest.mark.parametrize("place", ["开发管理 - 开发设置", "基础信息 - 开发密钥"])
def test_the_hint_leads_to_either_accounts_list_of_addresses(place: str) -> None:
    found = explain("ip_refused", 40164, "")
    assert found is not None
    assert place in found.hint
    assert place in found.hint_zh


def test_a_reason_with_its_field_is_explained_too() -> None:
    found = explain("invalid_value: thing1", 47003, "")
    assert found is not None
    assert found.raises is BadContent


def test_an_unreadable_answer_is_explained() -> None:
    found = explain("unreadable_answer", None, "HTTP 502")
    assert found is not None
    assert found.raises is Uncertain


def test_no_hint_has_a_gap_left_in_it() -> None:
    assert [each.reason for each in EXPLANATIONS if "{" in each.hint + each.hint_zh] == []


def test_words_are_made_fit_to_store_and_show() -> None:
    assert legible("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert len(legible("x" * 5000)) == WORDS_KEPT
    assert legible("GET /send?access_token=57_abc&x=1") == "GET /send?access_token=…&x=1"


def test_a_number_of_a_receipt_gets_the_same_word() -> None:
    assert known_reason(43004) == "not_following"
    assert known_reason(1) is None
