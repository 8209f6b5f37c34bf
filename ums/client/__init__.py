"""A client for a gateway's REST API: the same names, typed, with safe repetition.

    from ums.client import Client

    client = Client("http://127.0.0.1:8080", key, secret)
    client.sent(aud_userid=["zhangsan"], msg_wechatmp=[{...}])["msgid"]

It needs nothing but `requests`, and nothing else of this package.
"""

from __future__ import annotations

from ums.client.admin import Admin, Collection
from ums.client.callbacks import ForgedCallback, verify_callback
from ums.client.client import Client
from ums.client.errors import ApiError, NoAnswer, UmsError
from ums.client.library import Library

__all__ = [
    "Admin",
    "ApiError",
    "Client",
    "Collection",
    "ForgedCallback",
    "Library",
    "NoAnswer",
    "UmsError",
    "verify_callback",
]
