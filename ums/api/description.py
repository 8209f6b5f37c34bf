"""The API as a whole: its blueprints, and its description at `/openapi.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from threading import Lock

from flask import Blueprint, Flask, Response, current_app, jsonify
from flask_smorest import Api

from ums.api import (
    batches,
    binding,
    channels,
    health,
    hooks,
    logins,
    materials,
    messages,
    numbers,
    scenes,
    subscriptions,
    template_sending,
    tokens,
    users,
)
from ums.api.admin import applications as admin_applications
from ums.api.admin import (
    approvals,
    audit,
    callbacks,
    credits,
    library,
    lists,
    message_templates,
    people,
    platforms,
    quotas,
    rules,
    segments,
    site_files,
    words,
)
from ums.api.admin import channels as admin_channels
from ums.api.admin import operators as admin_operators
from ums.api.admin import provider_events as admin_events
from ums.api.answers import HEADERS, REFUSALS, refusal
from ums.api.auth import open_to_all
from ums.api.blueprint import ApiBlueprint
from ums.api.converter import SchemaPlugin
from ums.api.examples import add_examples
from ums.api.schemas.health import ErrorSchema
from ums.domain.commands import Json

EXTENSION, DOCUMENT = "ums.api", "ums.api.document"
PARTS: Iterable[ApiBlueprint] = (
    users.api,
    messages.api,
    batches.api,
    template_sending.api,
    materials.api,
    tokens.api,
    subscriptions.api,
    logins.api,
    scenes.api,
    binding.api,
    channels.api,
    admin_applications.api,
    admin_channels.api,
    library.api,
    credits.api,
    admin_events.api,
    quotas.api,
    platforms.api,
    people.api,
    site_files.api,
    rules.api,
    message_templates.api,
    segments.api,
    lists.blacklists,
    lists.whitelists,
    callbacks.api,
    approvals.api,
    words.api,
    admin_operators.api,
    audit.api,
    health.api,
)

SECURITY: Mapping[str, Json] = {
    "credentials": {
        "type": "http",
        "scheme": "basic",
        "description": "ChannelKey:MasterSecret, or AccessKey:MasterSecret.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "description": "An operator's token: ums operator add NAME --role ROLE --token.",
    },
}
INFO: Json = {
    "summary": "One message, whichever channel reaches the person.",
    "description": "JSON in, JSON out. `code` 0 is success and always HTTP 200; every refusal has the shape of "
    "`Error`, on every path, and a method that a path doesn't take is 405 with `Allow`. Answers may get more "
    "members in a later version; read the ones you know.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

openapi = Blueprint("openapi", __name__)
_MAKING = Lock()


def register(app: Flask) -> None:
    """Add every route of the API, and of providers' pushes, to `app`."""
    app.config["API_TITLE"] = "ums"
    app.config["API_VERSION"] = version("ums")
    app.config["OPENAPI_VERSION"] = "3.1.0"
    numbers.register(app)
    api = _api(app)
    for part in PARTS:
        app.extensions["flask-smorest"]["blp_name_to_api"][part.blueprint.name] = api
        app.register_blueprint(part.blueprint)
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(openapi)
    app.extensions[EXTENSION] = api


def document(app: Flask) -> dict[str, Json]:
    """The description of the API of `app`, as OpenAPI 3.1 writes it; made once, when it is first asked for.

    Made at the start it would be half of what the start takes.
    """
    with _MAKING:
        if DOCUMENT not in app.extensions:
            app.extensions[DOCUMENT] = _described(app, app.extensions[EXTENSION])
    told: dict[str, Json] = app.extensions[DOCUMENT]
    return told


def _described(app: Flask, api: Api) -> dict[str, Json]:
    for part in PARTS:
        blueprint = part.blueprint
        blueprint.register_views_in_doc(api, app, api.spec, name=blueprint.name, parameters=None)
        api.spec.tag({"name": blueprint.name, "description": blueprint.description})
    made: dict[str, Json] = api.spec.to_dict()
    add_examples(made)
    return made


def _api(app: Flask) -> Api:
    """The empty description: credentials, headers and refusals, for the operations to refer to."""
    plugin = SchemaPlugin()
    api = Api(spec_kwargs={"marshmallow_plugin": plugin, "security": [{"credentials": []}], "info": INFO})
    # Each operation names its own refusals; nothing else is answered.
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    api.ERROR_SCHEMA = ErrorSchema
    api.init_app(app)
    components = api.spec.components
    # flask-smorest's own way of paging, which no answer of ours has.
    components.schemas.pop("PaginationMetadata", None)
    for name, scheme in SECURITY.items():
        components.security_scheme(name, scheme)
    for name, header in HEADERS.items():
        components.header(name, header)
    for kind in REFUSALS.values():
        components.response(kind.__name__, refusal(kind))
    return api


@openapi.route("/openapi.json")
@open_to_all
def describe() -> Response:
    """The API's description, as OpenAPI 3.1 writes it."""
    return jsonify(document(current_app))
