"""The error codes the sandbox speaks, with the platform's words."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40037: "invalid template_id",
    40062: "invalid title size",
    40066: "invalid url",
    40125: "invalid appsecret",
    40164: "invalid ip, not in whitelist",
    20002: "param error",
    40200: "invalid account type",
    40246: "invalid keyword_name_list",
    40247: "template_id_short must be a category template",
    45026: "template num exceeds limit",
    200012: "private template number exceeds limit",
    200014: "invalid tid",
    200016: "invalid start",
    200017: "invalid limit",
    200018: "category ids missing",
    200019: "invalid category ids",
    200020: "invalid kidList",
    200021: "invalid sceneDesc",
    200022: "duplicate template",
    40249: "this template msg has been blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    43107: "subscribe message is banned",
    43108: "Cannot make concurrent calls to the same OpenID, please try again",
    43116: "this template is restricted",
    43117: "Sending messages to this openid too frequently, please try later",
    44002: "empty post data",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, mustslower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45168: "the content contains a sensitive word",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    48006: "forbid to clear quota because of reaching the limit",
    50001: "api unauthorized by user",
    70000: "the message is blocked for the protection of minors",
    40097: "invalid args",
    61003: "component is not authorized by this account",
    61004: "access clientip is not registered",
    61005: "component ticket is expired",
    61006: "component ticket is invalid",
    61007: "api is unauthorized to component",
    61009: "code is invalid",
    61010: "code is expired",
    61011: "invalid component",
    61014: "invalid access_token type, component_access_token needed",
    61023: "refresh_token is invalid",
    76001: "rid not found",
    76002: "invalid rid",
    76003: "rid or cgi_path does not belong to this account",
    76004: "rid is too old",
    76021: "cgi_path not found",
    76022: "cgi_path is not supported",
}


class Refused(Exception):
    """The platform says no: ``errcode`` and the words that go with it."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or MESSAGES.get(errcode, "sandbox fault")
