"""Files by which a provider finds out that a domain is ours.

Source: WeChat, "web page authorisation" (`MP_verify_XXXX.txt` at the root of the domain) and "business domains" of
mini programs (a file of letters and digits); each holds one word.
"""

from __future__ import annotations

import re

NAME = re.compile(r"(?:MP_verify_[A-Za-z0-9]{8,32}|[A-Za-z0-9]{8,32})\.txt")
NAME_RULE = "must be a name such as MP_verify_a1B2c3D4e5F6g7H8.txt or a1B2c3D4e5.txt, as the provider gave it"
LONGEST = 256
CONTENT = re.compile(r"[A-Za-z0-9_+/=.:-]{1,256}")
CONTENT_RULE = "must be the one word that the provider's file holds, of at most 256 letters and digits"


def faults(name: str, content: str) -> dict[str, list[str]]:
    """What is wrong with a file, by member.

    >>> faults("MP_verify_a1B2c3D4e5F6g7H8.txt", "a1B2c3D4e5F6g7H8")
    {}
    """
    found: dict[str, list[str]] = {}
    if not NAME.fullmatch(name):
        found["file"] = [f"{NAME_RULE}."]
    if not CONTENT.fullmatch(content):
        found["content"] = [f"{CONTENT_RULE}."]
    return found
