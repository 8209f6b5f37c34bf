"""Whatever is said of a message template, or by one, nobody gets a fault of ours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.api.site import Site, told
from tests.api.test_fuzz import FUZZ, JSON
from ums.domain.commands import Json

NAMES = st.sampled_from(["a", "b", "订单", "", "a b"])
TEXTS = st.sampled_from(["{{a}}", "{{b}} x", "{{", "{{{{", "{{ 订单 }}", "}}", "{{a", "plain", ""]) | st.text(
    max_size=6
)
VARIABLES = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "sample": TEXTS | st.integers(-9, 10**20) | st.floats()},
        optional={"required": st.booleans(), "default": st.none() | TEXTS, "label": TEXTS, "x": JSON},
    ),
    max_size=3,
)
CONTENTS = st.dictionaries(
    st.sampled_from(["app", "email", "sms", "fax"]),
    st.fixed_dictionaries({"text": TEXTS | JSON}, optional={"options": JSON, "platform": JSON, "endpoint": TEXTS}),
    max_size=2,
)
TEMPLATES = st.fixed_dictionaries(
    {"name": st.text(max_size=8)}, optional={"variables": VARIABLES | JSON, "channels": CONTENTS | JSON, "id": JSON}
)
SENDS = st.fixed_dictionaries(
    {"template_id": st.sampled_from([1, 2]) | JSON},
    optional={
        "aud_userid": st.just(["zhangsan"]) | JSON,
        "template_para": st.dictionaries(NAMES, TEXTS | JSON, max_size=3) | JSON,
        "app_para": st.just({"platform": "all"}) | JSON,
        "rule_id": st.integers(-2, 2),
    },
)


def is_no_fault_of_ours(site: Site, path: str, body: Json) -> None:
    answer = site.as_operator("POST", path, body)
    if answer.status_code == 200:
        assert answer.get_json()["code"] == 0
    else:
        assert told(answer)[0] in {400, 409}


def with_templates(site: Site) -> None:
    """1 goes to both channels, 2 by email alone; made once, whoever comes first."""
    variables: Json = [{"name": "a", "sample": "x"}, {"name": "订单", "sample": "y", "default": ""}]
    both: dict[str, Json] = {"app": {"text": "{{a}}{{订单}}!"}, "email": {"text": "{{a}}."}}
    for number, channels in ((1, both), (2, {"email": both["email"]})):
        body: Json = {"id": number, "name": f"fuzzed {number}", "variables": variables, "channels": channels}
        assert site.as_operator("POST", "/templates", body).status_code in {200, 409}


@FUZZ
@given(body=TEMPLATES)
def test_no_template_ends_in_a_fault_of_ours(shared_site: Site, body: Json) -> None:
    is_no_fault_of_ours(shared_site, "/templates", body)


@FUZZ
@given(values=st.dictionaries(NAMES, TEXTS | JSON, max_size=3) | JSON)
def test_no_preview_ends_in_a_fault_of_ours(shared_site: Site, values: Json) -> None:
    with_templates(shared_site)
    is_no_fault_of_ours(shared_site, "/templates/1/preview", {"values": values})


@FUZZ
@given(path=st.sampled_from(["sent", "broadcast"]), body=SENDS)
def test_no_send_by_a_template_ends_in_a_fault_of_ours(shared_site: Site, path: str, body: Json) -> None:
    with_templates(shared_site)
    answer = shared_site.post(f"/v1/template/{path}", body)
    if answer.status_code == 200:
        assert answer.get_json()["code"] == 0
    else:
        assert told(answer)[0] == 400
