"""Files that an application leaves for its mails to attach."""

from __future__ import annotations

from ums.api.auth import needs_channel_key
from ums.api.blueprint import ApiBlueprint, loaded
from ums.api.context import current_gateway
from ums.api.form import FORM, read_form
from ums.api.schemas.materials import ATTACHMENT, MaterialForm, MaterialSchema
from ums.domain.commands import Caller, Json
from ums.domain.material import DEFAULT_HOURS, LONGEST_HOURS, content_type_of, file_name_of
from ums.services import materials
from ums.services.materials import NewMaterial

api = ApiBlueprint("materials", "Files that mails attach")

FILE = "file"
_BODY: Json = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["type", FILE],
                "additionalProperties": False,
                "properties": {
                    "type": {"type": "string", "enum": [ATTACHMENT]},
                    FILE: {"type": "string", "format": "binary"},
                    "time_to_live": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": LONGEST_HOURS,
                        "default": DEFAULT_HOURS,
                        "description": "Hours that it is kept.",
                    },
                },
            }
        }
    },
}


@api.post("/material")
@needs_channel_key
@api.gives(MaterialSchema)
@api.described(requestBody=_BODY)
def keep(caller: Caller) -> dict[str, str]:
    """Keep a file for mails to attach.

    Its address stands for it in `msg_email.files`, and opens to nobody but the sender of mail.
    """
    gateway = current_gateway()
    assert caller.application_id is not None  # noqa: S101 - needs_channel_key has seen to it
    with read_form(FILE, gateway.settings.max_material_bytes) as form:
        given = loaded(MaterialForm(), form.fields)
        assert isinstance(given, dict)  # noqa: S101 - MaterialForm makes nothing else
        new = NewMaterial(
            application_id=caller.application_id,
            file_name=file_name_of(form.file.name),
            content_type=content_type_of(form.file.content_type),
            size=form.file.size,
            hours=given["time_to_live"],
        )
        return {"url": materials.keep(gateway, new, form.file.content)}
