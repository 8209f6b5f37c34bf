"""How an application has its people bound: where they go on to, and what the pages look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ums.domain.json import Json

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
LONGEST_NAME = 40
LONGEST_URL = 2000
MOST_URLS = 20
URL_RULE = (
    "must be an address of at most 2,000 characters that starts with https:// (http:// on this machine alone)"
)
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """What an operator has entered for an application.

    `login_url` is the application's own login page, which gets the results of visits without a userid. Visits may
    end at those of `return_urls`; one that ends in `*` allows what begins with it. Pages of `origins` may have
    results handed to them. `name` and `color` are the brand on the pages that people meet.
    """

    login_url: str = ""
    return_urls: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    name: str = ""
    color: str = ""

    def allows(self, url: str) -> bool:
        """Whether a visit may end at `url`: an open redirect would lend our name to anybody."""
        return is_url(url) and any(_fits(url, allowed) for allowed in self.return_urls)


def linking_item(linking: Linking) -> dict[str, Json]:
    """As JSON, in the admin API's shape."""
    return {
        "login_url": linking.login_url,
        "return_urls": list(linking.return_urls),
        "origins": list(linking.origins),
        "name": linking.name,
        "color": linking.color,
    }


def linking_of(item: Mapping[str, Json]) -> Linking:
    """What `linking_item` wrote; what it doesn't name is empty."""
    return Linking(
        login_url=_text(item, "login_url"),
        return_urls=_texts(item, "return_urls"),
        origins=_texts(item, "origins"),
        name=_text(item, "name"),
        color=_text(item, "color"),
    )


def faults(linking: Linking) -> dict[str, list[str]]:
    """What is wrong, by member."""
    found: dict[str, list[str]] = {}
    if linking.login_url and not is_url(linking.login_url):
        found["login_url"] = [f"{URL_RULE}."]
    for name, values, is_good in (
        ("return_urls", linking.return_urls, _is_pattern),
        ("origins", linking.origins, is_origin),
    ):
        bad = next((value for value in values if not is_good(value)), None)
        if bad is not None:
            found[name] = [f"{bad!r}: {URL_RULE if name == 'return_urls' else ORIGIN_RULE}."]
        elif len(values) > MOST_URLS:
            found[name] = [f"at most {MOST_URLS}."]
    if len(linking.name) > LONGEST_NAME or not linking.name.isprintable():
        found["name"] = [f"at most {LONGEST_NAME} characters."]
    if linking.color and not COLOR.fullmatch(linking.color):
        found["color"] = ['must be a color such as "#1677ff".']
    return found


ORIGIN_RULE = "must be an origin such as https://a.example.com: without path, without a slash at its end"


def is_url(url: str) -> bool:
    """Whether people may be sent there: https, or http on this machine; no user name, no blanks, no fragment."""
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-\[\]-~]+", url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _OWN_MACHINE)


def is_origin(origin: str) -> bool:
    """Whether it is what a browser sends as `Origin`: scheme, host and port alone, in lower case."""
    if not is_url(origin) or origin != origin.lower():
        return False
    parts = urlsplit(origin)
    return origin == f"{parts.scheme}://{parts.netloc}"


def _is_pattern(pattern: str) -> bool:
    """An address, or the beginning of some: then with a path, so that no other host fits."""
    if not pattern.endswith("*"):
        return is_url(pattern)
    return is_url(pattern[:-1]) and "/" in urlsplit(pattern[:-1]).path


def _fits(url: str, allowed: str) -> bool:
    if not allowed.endswith("*"):
        return url == allowed
    # what leads upwards is not below
    return url.startswith(allowed[:-1]) and not re.search(
        r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", urlsplit(url).path, re.I
    )


def _text(item: Mapping[str, Json], name: str) -> str:
    value = item.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(item: Mapping[str, Json], name: str) -> tuple[str, ...]:
    values = item.get(name, [])
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
