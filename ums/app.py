"""The web side put together: settings, plugins and a clock in, a WSGI application out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from ums import binding, console, logs
from ums.api import context, description, docs, errors, site_files
from ums.api.proxies import TrustedProxies
from ums.clock import Clock
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store.db import engine_options
from ums.store.flask_side import database_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def create_app(settings: Settings, registry: Registry, clock: Clock) -> Flask:
    """The application; its gateway is `app.extensions["ums"]`, to be closed by whoever made the application."""
    logs.set_up(settings)
    # A relative path in the database's URL means the same here as everywhere else.
    app = _Web("ums", static_folder=None, instance_path=str(Path.cwd()))
    app.proxies = TrustedProxies(settings.trusted_proxies)
    _configure(app, settings)
    gateway = Gateway.open(settings, registry, clock, database=database_of(app))
    app.secret_key = gateway.sealer.signing_key
    context.attach(app, gateway)
    description.register(app)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(site_files.blueprint)
    errors.register(app)
    app.register_blueprint(console.blueprint(gateway))
    app.register_blueprint(binding.blueprint(gateway))
    return app


class _Web(Flask):
    """A Flask application that knows whose word it takes for where a request came from."""

    proxies = TrustedProxies()

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.proxies.apply(environ)
        return super().wsgi_app(environ, start_response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every view is a plain function; Flask would look into it at each call to find out."""
        return func


def _configure(app: Flask, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    # as many threads again answer what providers push, and as many people who are being bound
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        **engine_options(settings.database),
        "pool_size": 3 * settings.web_threads,
    }
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, (console.TRANSLATIONS, binding.TRANSLATIONS)))
    # One path is one path: no redirects that drop a body on their way.
    app.url_map.merge_slashes = False
    assert isinstance(app.json, DefaultJSONProvider)  # noqa: S101 - Flask's own, unless somebody changed it
    app.json.sort_keys = False
    app.json.ensure_ascii = False
