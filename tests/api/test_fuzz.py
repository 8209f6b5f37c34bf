"""Whatever is sent, nobody gets a fault of ours."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.site import Site, told
from ums.domain.commands import Json

WORDS = st.sampled_from(
    ["aud_userid", "msg_app", "msg_email", "msg_sms", "rule_id", "option", "callback", "sendno", "priority",
     "time_to_live", "url", "params", "text", "endpoint", "userid", "set", "add", "del", "app", "app1", "mail1",
     "email", "tag", "all", "phone", "zhangsan", "fake-zhangsan", "app_regid", "wechatwk", ""]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**18, 10**90)
    | st.floats()
    | WORDS
    | st.text(st.characters(), max_size=8)
)
JSON: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)
SENDS = st.fixed_dictionaries(
    {},
    optional={
        "aud_userid": st.lists(WORDS | st.text(max_size=4), max_size=4) | JSON,
        "msg_app": st.lists(st.fixed_dictionaries({"text": st.text(max_size=8) | JSON}), max_size=2) | JSON,
        "msg_email": JSON,
        "rule_id": st.integers(-2, 2) | JSON,
        "option": st.dictionaries(WORDS, JSON, max_size=3),
        "callback": st.dictionaries(WORDS, JSON, max_size=3),
    },
)
USERS = st.lists(
    st.dictionaries(WORDS, JSON, max_size=4)
    | st.fixed_dictionaries(
        {"userid": WORDS | st.text(max_size=5)},
        optional={"set": st.dictionaries(WORDS, JSON), "add": st.dictionaries(WORDS, JSON), "app1": JSON},
    ),
    max_size=4,
)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def is_no_fault_of_ours(site: Site, path: str, body: bytes) -> None:
    auth = site.staff if path == "/v1/user/delete" else site.shop
    answer = site.http.post(path, data=body, headers={"Content-Type": "application/json"}, auth=auth)
    if answer.status_code == 200:
        assert answer.get_json()["code"] == 0
    else:
        assert told(answer)[0] == 400


@FUZZ
@given(body=SENDS | JSON)
def test_no_send_ends_in_a_fault_of_ours(shared_site: Site, body: Json) -> None:
    is_no_fault_of_ours(shared_site, "/v1/sent", json.dumps(body).encode())


@FUZZ
@given(body=USERS | JSON)
def test_no_upload_ends_in_a_fault_of_ours(shared_site: Site, body: Json) -> None:
    is_no_fault_of_ours(shared_site, "/v1/user/opt", json.dumps(body).encode())


@FUZZ
@given(body=st.lists(JSON, max_size=4) | JSON)
def test_no_removal_ends_in_a_fault_of_ours(shared_site: Site, body: Json) -> None:
    is_no_fault_of_ours(shared_site, "/v1/user/delete", json.dumps(body).encode())


@FUZZ
@given(path=st.sampled_from(["/v1/sent", "/v1/user/opt"]), body=st.binary(max_size=60))
def test_no_bytes_end_in_a_fault_of_ours(shared_site: Site, path: str, body: bytes) -> None:
    is_no_fault_of_ours(shared_site, path, body)


@FUZZ
@given(
    path=st.sampled_from(["/v1/user/{}", "/v1/message/{}", "/v1/message/{}/deliveries", "/v1/channel/{}/template"]),
    word=st.binary(min_size=1, max_size=12),
    query=st.binary(max_size=20),
)
def test_no_path_or_query_ends_in_a_fault_of_ours(shared_site: Site, path: str, word: bytes, query: bytes) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in word)
    asked = "".join(f"%{byte:02x}" if byte not in b"=&" else chr(byte) for byte in query)
    assert told(shared_site.get(f"{path.format(quoted)}?{asked}"))[0] in {400, 404}
