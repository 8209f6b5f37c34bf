"""Message templates held against the providers' lists, and what a send by one says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.factories import create_application, create_channel, create_gateway
from ums.domain.app_push import AppParameters
from ums.domain.commands import Json, TemplateUsed
from ums.domain.errors import ChannelNotGranted, InvalidRequest, TemplateNotGeneral, TemplateUnknown
from ums.domain.lint import CLEAN
from ums.domain.message_template import MessageTemplate, Variable
from ums.domain.template import RemoteTemplate, TemplateField
from ums.registry import Registry
from ums.services import applications, channels, message_templates
from ums.services.contents import sender_of
from ums.services.gateway import Gateway
from ums.services.linting import Checked
from ums.services.message_templates import Rendered
from ums.store import channels as channel_store
from ums.store import templates as remote_store

ACCOUNT = {"appid": "wx0123456789abcdef", "secret": "x"}
VARIABLES = (Variable(name="order", sample="SO1"), Variable(name="goods", sample="tea"))
SHIPPED = MessageTemplate(
    variables=VARIABLES,
    channels={
        "wechatmp": {
            "template_id": "TPL",
            "page": "orders?id={{order}}",
            "data": {"character_string1": {"value": "{{order}}"}, "thing3": {"value": "{{goods}}"}},
        }
    },
)


def remote(template_id: str, *keys: str) -> RemoteTemplate:
    fields = tuple(TemplateField(key=key, type="thing", label=f"the {key}") for key in keys)
    return RemoteTemplate(template_id=template_id, title="Shipped", kind="subscription", content="…", fields=fields)


def listed(gateway: Gateway, code: str, *templates: RemoteTemplate) -> None:
    """Have the channel's list be these, as a refresh would keep them."""
    with gateway.database.write() as session:
        channel = channel_store.by_code(session, code)
        assert channel is not None
        remote_store.replace(session, channel.id, templates)
        channel_store.note_refresh(session, channel.id, gateway.clock.now(), {})


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with the installed plugins; the application `shop` has the mini program `mp`."""
    gateway = create_gateway(home=tmp_path, registry=Registry.load())
    create_application(gateway)
    channels.add(gateway, "mp", "wechatmp", ACCOUNT, ["shop"])
    yield gateway
    gateway.close()


def found(gateway: Gateway, template: MessageTemplate = SHIPPED) -> list[tuple[str | None, str]]:
    """Where findings are: the channel and the path."""
    kept = message_templates.add(gateway, "shipped", template)
    return [(finding.channel, finding.path) for finding in message_templates.findings(gateway, kept)]


def test_a_template_that_fits_has_no_findings(town: Gateway) -> None:
    listed(town, "mp", remote("OTHER", "thing1"), remote("TPL", "character_string1", "thing3"))
    assert found(town) == []


def test_a_list_that_was_never_fetched_is_a_finding(town: Gateway) -> None:
    assert found(town) == [("mp", "channels.wechatmp")]


def test_an_id_that_an_account_does_not_have_is_a_finding_for_that_account(town: Gateway) -> None:
    channels.add(town, "mp2", "wechatmp", {**ACCOUNT, "appid": "wx00000000000000ff"})
    listed(town, "mp", remote("TPL", "character_string1", "thing3"))
    listed(town, "mp2", remote("OTHER", "thing1"))
    assert found(town) == [("mp2", "channels.wechatmp.template_id")]


def test_keys_that_are_not_there_and_fields_that_are_not_fed_are_findings(town: Gateway) -> None:
    listed(town, "mp", remote("TPL", "character_string1", "thing2", "time4"))
    assert found(town) == [
        ("mp", "channels.wechatmp.data.thing3"),
        ("mp", "channels.wechatmp.data"),
        ("mp", "channels.wechatmp.data"),
    ]
    kept = message_templates.show(town, 1)
    surplus, *missing = message_templates.findings(town, kept)
    assert "character_string1, thing2, time4" in surplus.text
    assert ["thing2 (the thing2)" in missing[0].text, "time4 (the time4)" in missing[1].text] == [True, True]


def test_a_list_that_tells_no_fields_is_not_held_against_a_template(town: Gateway) -> None:
    listed(town, "mp", remote("TPL"))
    assert found(town) == []


def test_a_type_without_a_channel_is_a_finding_and_a_closed_channel_is_none(town: Gateway) -> None:
    channels.close(town, "mp")
    assert found(town) == [(None, "channels.wechatmp")]


def test_a_variable_that_stands_nowhere_is_a_finding(town: Gateway) -> None:
    listed(town, "mp", remote("TPL", "character_string1", "thing3"))
    spare = Variable(name="spare", sample="x", required=False)
    template = MessageTemplate(variables=(*VARIABLES, spare), channels=SHIPPED.channels)
    assert found(town, template) == [(None, "variables.2")]


def test_a_content_that_the_plugin_refuses_is_refused_by_its_path(town: Gateway) -> None:
    content: Mapping[str, Json] = {"template_id": "TPL", "data": {"thing1": "{{order}}", "th ing": {"value": "x"}}}
    with pytest.raises(InvalidRequest) as refused:
        message_templates.add(town, "wrong", MessageTemplate(variables=VARIABLES, channels={"wechatmp": content}))
    assert list(refused.value.errors) == ["channels.wechatmp.data.thing1", "channels.wechatmp.data.th ing"]


def test_changes_made_at_once_are_versions_of_their_own(town: Gateway) -> None:
    kept = message_templates.add(town, "shipped", SHIPPED)

    def change(number: int) -> int:
        content: Mapping[str, Json] = {"template_id": f"TPL{number}", "data": {"thing1": {"value": "x"}}}
        template = MessageTemplate(variables=(), channels={"wechatmp": content})
        return message_templates.change(town, kept.id, "shipped", template).version

    with ThreadPoolExecutor(4) as people:
        made = list(people.map(change, range(12)))
    assert sorted(made) == list(range(2, 14))
    assert [item.version for item in message_templates.versions(town, kept.id).items] == list(range(1, 14))


def contents_for(gateway: Gateway, template_id: int | str, **values: Json) -> Rendered:
    shop = applications.by_name(gateway, "shop")
    sender = sender_of(gateway, shop.id)
    return message_templates.contents_for(gateway, sender, template_id, values, app=AppParameters())


def clean(content: dict[str, Json]) -> Checked:
    """A content for the mini program in which nothing is found."""
    return Checked(contents={"wechatmp": content}, linted={"mp": CLEAN})


def test_a_send_says_what_the_newest_version_makes_of_its_values(town: Gateway) -> None:
    kept = message_templates.add(town, "shipped", SHIPPED)
    assert contents_for(town, kept.id, order="SO 7", goods="{{order}}") == Rendered(
        template=TemplateUsed(id=kept.id, version=1),
        checked=clean(
            {
                "template_id": "TPL",
                "page": "orders?id=SO%207",
                "data": {"character_string1": {"value": "SO 7"}, "thing3": {"value": "{{order}}"}},
            }
        ),
    )
    shorter = MessageTemplate(
        variables=VARIABLES[:1],
        channels={"wechatmp": {"template_id": "TPL", "data": {"thing3": {"value": "{{order}}"}}}},
    )
    message_templates.change(town, kept.id, "shipped", shorter)
    assert contents_for(town, kept.id, order=7) == Rendered(
        template=TemplateUsed(id=kept.id, version=2),
        checked=clean({"template_id": "TPL", "data": {"thing3": {"value": "7"}}}),
    )


def test_a_number_that_nobody_knows_is_unknown(town: Gateway) -> None:
    for number in (7, 0, -1, 2**31, 2**63):
        with pytest.raises(TemplateUnknown) as refused:
            contents_for(town, number)
        assert (refused.value.code, list(refused.value.errors)) == (1015031, ["template_id"])


def test_what_a_provider_calls_a_template_is_told_from_what_nobody_knows(town: Gateway) -> None:
    listed(town, "mp", remote("TPL"), remote("90210"))
    for given in ("TPL", "90210", 90210):
        with pytest.raises(TemplateNotGeneral) as refused:
            contents_for(town, given)
        assert refused.value.code == 1015032
    with pytest.raises(InvalidRequest) as wrong:
        contents_for(town, "501")
    assert (wrong.value.code, list(wrong.value.errors)) == (4004, ["template_id"])


def test_a_message_template_comes_before_a_providers_of_the_same_number(town: Gateway) -> None:
    kept = message_templates.add(town, "shipped", SHIPPED, 90210)
    listed(town, "mp", remote("90210"))
    assert contents_for(town, kept.id, order="a", goods="b").template.id == 90210


def test_a_list_of_a_channel_that_is_not_granted_tells_nothing(town: Gateway) -> None:
    channels.add(town, "other", "wechatmp", {**ACCOUNT, "appid": "wx00000000000000ff"})
    listed(town, "other", remote("90210"))
    with pytest.raises(TemplateUnknown):
        contents_for(town, 90210)


def test_a_type_that_is_not_granted_has_its_own_code(town: Gateway) -> None:
    content: Mapping[str, Json] = {"type": 0, "template_id": "TPL2", "data": {"thing1": {"value": "{{order}}"}}}
    both = MessageTemplate(variables=VARIABLES, channels={**SHIPPED.channels, "wechatoa": content})
    kept = message_templates.add(town, "both", both)
    with pytest.raises(ChannelNotGranted) as refused:
        contents_for(town, kept.id, order="a", goods="b")
    assert (refused.value.code, list(refused.value.errors)) == (1015008, ["template_id"])
    channels.close(town, "mp")
    kept = message_templates.add(town, "one", SHIPPED)
    with pytest.raises(ChannelNotGranted) as closed:
        contents_for(town, kept.id, order="a", goods="b")
    assert closed.value.code == 1015009


def test_a_template_of_a_plugin_that_is_gone_is_refused_at_sending_and_still_shown(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path)
    create_application(gateway)
    create_channel(gateway, code="app1", grants=["shop"])
    app = MessageTemplate(variables=(), channels={"app": {"text": "Hello"}})
    kept = message_templates.add(gateway, "hello", app)
    poorer = create_gateway(home=tmp_path, registry=Registry([]))
    with pytest.raises(ChannelNotGranted) as refused:
        contents_for(poorer, kept.id)
    assert refused.value.code == 1015006
    assert [finding.path for finding in message_templates.findings(poorer, kept)] == ["channels.app"]
    gateway.close()
    poorer.close()


def test_values_that_make_a_content_too_long_are_refused_by_the_path_in_the_template(gateway: Gateway) -> None:
    create_application(gateway)
    create_channel(gateway, code="app1", grants=["shop"])
    app = MessageTemplate(variables=VARIABLES[:1], channels={"app": {"text": "{{order}}"}})
    kept = message_templates.add(gateway, "app", app)
    with pytest.raises(InvalidRequest) as refused:
        contents_for(gateway, kept.id, order="x" * 101)
    assert (refused.value.code, list(refused.value.errors)) == (4004, ["channels.app.text"])
