"""Pictures to scan, which bind whoever scans them first."""

from __future__ import annotations

from typing import Required, TypedDict

from ums.api.auth import needs_channel_key
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.scenes import DrawnSchema, SceneSchema
from ums.domain.commands import Caller
from ums.domain.errors import Conflict, NotFound
from ums.services.binding import scenes
from ums.services.binding.scenes import Drawn

api = ApiBlueprint("scenes", "Pictures to scan, which bind whoever scans them first", prefix="/v1/bind")


class _Wanted(TypedDict, total=False):
    userid: Required[str]
    channel: str
    expires_in: Required[int]


@api.post("/qr")
@needs_channel_key
@api.takes(SceneSchema)
@api.gives(DrawnSchema)
@api.refuses(NotFound, Conflict)
def draw(caller: Caller, body: _Wanted) -> Drawn:
    """Make a picture whose scan binds whoever scans it first to the userid.

    Its scene is an opaque ticket that serves once; what people are answered stands in the channel's settings.
    """
    channel, seconds = body.get("channel"), body["expires_in"]
    return scenes.draw(current_gateway(), caller, body["userid"], channel=channel, seconds=seconds)
