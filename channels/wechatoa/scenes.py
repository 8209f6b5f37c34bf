"""QR codes with a scene, whose scan is pushed to the account.

Source: WeChat, "generating a QR code with parameters".
"""

from __future__ import annotations

import math
import re
from urllib.parse import quote

from channels._wechat.answer import is_whole
from channels._wechat.api import ask, to
from channels._wechat.codes import Operation, unreadable
from channels.wechatoa.pages import PICTURE, page
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Exchange, Json, json_body
from ums.sdk.people import Scene

CREATE = "/cgi-bin/qrcode/create"
LONGEST_LIFE = 2_592_000
SHORTEST_LIFE = 60
"""What the platform takes where no life is given."""
LONGEST_TEXT = 1024
SCENE = re.compile(r"[0-9A-Za-z_-]{1,64}")


def scene(account: OfficialAccountSettings, text: str, seconds: float) -> Exchange[Scene]:
    """A temporary code. Raises ValueError for a scene that the platform wouldn't take."""
    if not SCENE.fullmatch(text):
        raise ValueError("a scene has 1 to 64 letters, digits, - and _")
    life = min(max(math.ceil(seconds), SHORTEST_LIFE), LONGEST_LIFE)
    body: Json = {
        "expire_seconds": life,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": text}},
    }
    answer = yield from ask(to(account, "POST", CREATE, body=json_body(body), repeatable=True), Operation.PEOPLE)
    ticket, content, told = (answer.get(member) for member in ("ticket", "url", "expire_seconds"))
    if not _is_text(ticket) or not _is_text(content):
        raise unreadable(Operation.PEOPLE, "The answer has no ticket, or no url.")
    return Scene(
        picture_url=f"{page(account, PICTURE)}?ticket={quote(str(ticket), safe='')}",
        content=str(content),
        lifetime=float(min(told, life) if is_whole(told) and told > 0 else life),
    )


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
