"""The platform's templates: which keys a template asks for, and what each may hold.

A template's content is text with places such as `名称：{{thing1.DATA}}`. The type of a key is the key
without its trailing digits; a type that isn't in the table is passed on as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from channels._wechat.account import Account
from channels._wechat.answer import Answer
from channels._wechat.api import fetch_list
from channels._wechat.codes import Operation, unreadable
from ums.sdk.call import Exchange, Json
from ums.sdk.templates import RemoteTemplate, TemplateField, TemplatePage

LIMITS: Mapping[str, str] = {
    "thing": "at most 20 characters",
    "number": "at most 32 digits, decimals allowed",
    "letter": "at most 32 letters",
    "symbol": "at most 5 symbols",
    "character_string": "at most 32 digits, letters or symbols, no Chinese",
    "time": "24-hour time, e.g. 15:01 or 2019年10月1日 15:01; ranges with ~",
    "date": "date, e.g. 2019年10月1日 or 2019-10-01, may carry a time; ranges with ~",
    "amount": "a currency sign and at most 10 digits, decimals allowed, may end with 元",
    "phone_number": "at most 17 digits or symbols, e.g. +86-0766-66888866",
    "car_number": "at most 8 characters, e.g. 粤A8Z888挂",
    "name": "at most 10 Chinese characters or 20 letters",
    "phrase": "at most 5 Chinese characters",
    "const": "one of the values approved when the template was added",
    "enum": "one of the template's values",
    "enum_string": "one of the template's values",
}
"""What a value may be, by type. Source: the subscription messages' page, table of parameter limits."""

LONG_TERM = 3
"""The `type` of a template for which one consent is good for any number of messages; 2 is good for one."""
SUBSCRIPTION_LIST = "/wxaapi/newtmpl/gettemplate"
_PLACE = re.compile(r"([^{}\n]*)\{\{\s*([^{}\s]+?)\.DATA\s*\}\}")
_CODE = re.compile(r"(.+?)(?:\.DATA)?")


def key_type(key: str) -> str:
    """The type of a template's key: `thing` for `thing12`."""
    return key.rstrip("0123456789") or key


def fields_of(content: str, choices: Mapping[str, tuple[str, ...]] | None = None) -> tuple[TemplateField, ...]:
    """The values a template's content asks for, in its order; `choices` are the values of enumerated keys."""
    found: dict[str, TemplateField] = {}
    for label, key in _PLACE.findall(content):
        name = label.strip(" \t\r:：")
        found.setdefault(key, _field(key, name, (choices or {}).get(key, ())))
    return tuple(found.values())


def choices_of(entry: Answer) -> dict[str, tuple[str, ...]]:
    """The values each enumerated key allows, out of `keywordEnumValueList`."""
    listed = entry.get("keywordEnumValueList")
    found: dict[str, tuple[str, ...]] = {}
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, dict):
            continue
        code, values = _CODE.fullmatch(text(item, "keywordCode")), item.get("enumValueList")
        if code and isinstance(values, list):
            found[code[1]] = tuple(str(value) for value in values)
    return found


def subscription_templates(account: Account) -> Exchange[TemplatePage]:
    """The templates for subscription messages; the same interface for both kinds of account."""
    entries = yield from fetch_list(account, SUBSCRIPTION_LIST, "data")
    return TemplatePage(templates=tuple(_subscription_template(entry) for entry in entries))


def template_of(entry: Answer, *, id_member: str, kind: str) -> RemoteTemplate:
    """One entry of a template list. Raises `Transient` for an entry without an id."""
    template_id, content = text(entry, id_member), text(entry, "content")
    if not template_id:
        raise unreadable(Operation.LIST, f"A template has no {id_member}.")
    return RemoteTemplate(
        template_id=template_id,
        title=text(entry, "title"),
        kind=kind,
        content=content,
        example=text(entry, "example"),
        fields=fields_of(content, choices_of(entry)),
    )


def text(entry: Mapping[str, Json], member: str) -> str:
    """A member that should be text; empty where it is missing or something else."""
    value = entry.get(member)
    return value if isinstance(value, str) else ""


def _subscription_template(entry: Answer) -> RemoteTemplate:
    made = template_of(entry, id_member="priTmplId", kind="subscription")
    return replace(made, long_term=entry.get("type") == LONG_TERM)


def _field(key: str, label: str, choices: tuple[str, ...]) -> TemplateField:
    kind = key_type(key)
    limit = "one of: " + ", ".join(choices) if choices else LIMITS.get(kind, "")
    return TemplateField(key=key, type=kind, label=label or key, limit=limit, choices=choices)
