"""The API as a whole: its blueprints, and its description at `/openapi.json`."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from flask import Blueprint, Flask, Response, current_app, jsonify
from flask_smorest import Api
from werkzeug.routing import IntegerConverter, Map

from ums.api import batches, channels, health, hooks, materials, messages, template_sending, tokens, users
from ums.api.admin import approvals, callbacks, lists, message_templates, rules, segments, words
from ums.api.auth import open_to_all
from ums.api.blueprint import ApiBlueprint
from ums.api.schemas.health import ErrorSchema

EXTENSION = "ums.api"
PARTS: Iterable[ApiBlueprint] = (
    users.api,
    messages.api,
    batches.api,
    template_sending.api,
    materials.api,
    tokens.api,
    channels.api,
    rules.api,
    message_templates.api,
    segments.api,
    lists.blacklists,
    lists.whitelists,
    callbacks.api,
    approvals.api,
    words.api,
    health.api,
)

LARGEST_ID = 2**63 - 1
"""What a database takes for a number."""

openapi = Blueprint("openapi", __name__)


class _Id(IntegerConverter):
    """`<int:…>` in a path: a number that no database could hold belongs to nothing."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


def register(app: Flask) -> None:
    """Add every route of the API, and of providers' pushes, to `app`."""
    app.url_map.converters["int"] = _Id
    app.config["API_TITLE"] = "ums"
    app.config["API_VERSION"] = version("ums")
    app.config["OPENAPI_VERSION"] = "3.1.0"
    api = Api(spec_kwargs={"security": [{"credentials": []}]})
    api.ERROR_SCHEMA = ErrorSchema
    api.init_app(app)
    api.spec.components.security_scheme(
        "credentials",
        {"type": "http", "scheme": "basic", "description": "ChannelKey:MasterSecret, or AccessKey:MasterSecret."},
    )
    api.spec.components.security_scheme(
        "operator",
        {"type": "http", "scheme": "bearer", "description": "An operator's token: ums operator add … --token."},
    )
    for part in PARTS:
        api.register_blueprint(part.blueprint)
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(openapi)
    app.extensions[EXTENSION] = api


@openapi.route("/openapi.json")
@open_to_all
def describe() -> Response:
    """The API's description, as OpenAPI 3.1 writes it."""
    return jsonify(current_app.extensions[EXTENSION].spec.to_dict())
