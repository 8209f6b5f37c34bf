"""Message templates from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.terminal import Ums, document
from ums.domain.commands import Json

TEMPLATE: dict[str, Json] = {
    "id": 501,
    "name": "order shipped",
    "variables": [{"name": "order", "label": "Order number", "sample": "SO1"}],
    "channels": {
        "wechatmp": {
            "template_id": "TPL",
            "page": "orders?id={{order}}",
            "data": {"character_string1": {"value": "{{order}}"}},
        },
        "wechatoa": {"type": 0, "template_id": "TPL2", "data": {"thing3": {"value": "{{order}}"}}},
    },
}


def test_a_template_goes_its_way_from_a_file_to_its_end(ums: Ums, tmp_path: Path) -> None:
    file = tmp_path / "shipped.json"
    file.write_text(json.dumps(TEMPLATE), "utf-8")
    made = document(ums("template", "add", str(file), "--json"))
    assert (made["id"], made["version"], made["channels"]) == (501, 1, TEMPLATE["channels"])
    file.write_text(json.dumps({**TEMPLATE, "name": "on its way"}), "utf-8")
    assert document(ums("template", "change", "501", str(file), "--json"))["version"] == 2
    assert document(ums("template", "show", "501", "--version", "1", "--json"))["name"] == "order shipped"
    (listed,) = _items(document(ums("template", "list", "--json"))["templates"])
    assert (listed["id"], listed["name"], listed["version"]) == (501, "on its way", 2)
    kept = _items(document(ums("template", "versions", "501", "--json"))["versions"])
    assert [item["version"] for item in kept] == [1, 2]
    assert document(ums("template", "remove", "501", "--json")) == {"removed": 501}
    assert document(ums("template", "show", "501", "--json"), status=1)["code"] == 4040


def test_a_preview_takes_values_from_standard_input(ums: Ums) -> None:
    ums("template", "add", "-", given=json.dumps(TEMPLATE))
    shown = document(ums("template", "preview", "501", "--values", "-", "--json", given='{"order": "A&B"}'))
    contents = shown["contents"]
    assert isinstance(contents, dict)
    assert contents["wechatmp"] == {
        "template_id": "TPL",
        "page": "orders?id=A%26B",
        "data": {"character_string1": {"value": "A&B"}},
    }
    refused = document(ums("template", "preview", "501", "--values", "-", "--json", given='{"x": 1}'), status=1)
    assert refused["errors"] == {"values.x": ["is unknown; the template's variables are order"]}


def test_a_message_by_a_template_is_sent_and_shown_with_it(ums: Ums) -> None:
    ums("application", "add", "shop")
    for code, type_, appid in (("mp", "wechatmp", "wx0123456789abcdef"), ("oa", "wechatoa", "wx0123456789abcdee")):
        settings = ("--set", f"appid={appid}", "--set", "secret=x")
        assert ums("channel", "add", code, "--type", type_, "--grant", "shop", *settings).exit_code == 0
    ums("template", "add", "-", given=json.dumps(TEMPLATE))
    words = ("send", "--application", "shop", "--content", "-", "--json")
    content = '{"template_id": 501, "template_para": {"order": "SO7"}}'
    msgid = str(document(ums(*words, "--users", "nobody", given=content))["msgid"])
    assert document(ums("message", "show", msgid, "--json"))["template"] == {"id": 501, "version": 1}
    assert "501, version 1" in ums("message", "show", msgid).stdout
    assert document(ums(*words, "--everyone", "--dry-run", given=content))["dry_run"] is True
    refused = document(ums(*words, "--users", "nobody", given='{"template_id": 502}'), status=1)
    assert refused["code"] == 1015031


def test_a_person_sees_variables_contents_and_findings(ums: Ums) -> None:
    shown = ums("template", "add", "-", given=json.dumps(TEMPLATE)).stdout
    assert "Order number" in shown
    assert '"page": "orders?id={{order}}"' in shown
    assert "channels.wechatmp: There is no channel of the type wechatmp to send this on." in shown
    assert '"page": "orders?id=SO1"' in ums("template", "preview", "501").stdout
    assert "order shipped" in ums("template", "list").stdout
    assert "wechatoa, wechatmp" in ums("template", "versions", "501").stdout


def test_a_wrong_file_is_named_by_its_paths(ums: Ums) -> None:
    wrong = {**TEMPLATE, "channels": {"app": {"text": "x"}, "wechatmp": {"template_id": "{{other}}"}}}
    refused = document(ums("template", "add", "-", "--json", given=json.dumps(wrong)), status=1)
    errors = refused["errors"]
    assert isinstance(errors, dict)
    assert list(errors) == ["channels.wechatmp.template_id", "channels.app"]


def _items(found: Json) -> list[dict[str, Json]]:
    assert isinstance(found, list)
    return [item for item in found if isinstance(item, dict)]
