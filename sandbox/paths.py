"""The platform's paths, exactly as it spells them."""

from __future__ import annotations

STABLE = "/cgi-bin/stable_token"
CLASSIC = "/cgi-bin/token"
PRIVATE_TEMPLATES = "/cgi-bin/template/get_all_private_template"
TEMPLATE_SEND = "/cgi-bin/message/template/send"
SUBSCRIPTION_TEMPLATES = "/wxaapi/newtmpl/gettemplate"
ADD_PRIVATE = "/cgi-bin/template/api_add_template"
DELETE_PRIVATE = "/cgi-bin/template/del_private_template"
CATEGORIES = "/wxaapi/newtmpl/getcategory"
TITLES = "/wxaapi/newtmpl/getpubtemplatetitles"
KEYWORDS = "/wxaapi/newtmpl/getpubtemplatekeywords"
ADD_SUBSCRIPTION = "/wxaapi/newtmpl/addtemplate"
DELETE_SUBSCRIPTION = "/wxaapi/newtmpl/deltemplate"
BIZSEND = "/cgi-bin/message/subscribe/bizsend"
SUBSCRIBE_SEND = "/cgi-bin/message/subscribe/send"
CUSTOM_SEND = "/cgi-bin/message/custom/send"
ONE_TIME_SEND = "/cgi-bin/message/template/subscribe"
USER_INFO = "/cgi-bin/user/info"
USER_LIST = "/cgi-bin/user/get"
USER_INFOS = "/cgi-bin/user/info/batchget"
QR_CREATE = "/cgi-bin/qrcode/create"
JS_TICKET = "/cgi-bin/ticket/getticket"
QUOTA_GET = "/cgi-bin/openapi/quota/get"
QUOTA_CLEAR = "/cgi-bin/openapi/quota/clear"
CLEAR_ALL = "/cgi-bin/clear_quota"
CLEAR_ALL_TOKENLESS = "/cgi-bin/clear_quota/v2"
RID_GET = "/cgi-bin/openapi/rid/get"

START_PUSH_TICKET = "/cgi-bin/component/api_start_push_ticket"
COMPONENT_ACCESS = "/cgi-bin/component/api_component_token"
CREATE_PREAUTHCODE = "/cgi-bin/component/api_create_preauthcode"
QUERY_AUTH = "/cgi-bin/component/api_query_auth"
AUTHORIZER_ACCESS = "/cgi-bin/component/api_authorizer_token"
AUTHORIZER_LIST = "/cgi-bin/component/api_get_authorizer_list"
AUTHORIZER_INFO = "/cgi-bin/component/api_get_authorizer_info"
GET_OPTION = "/cgi-bin/component/get_authorizer_option"
SET_OPTION = "/cgi-bin/component/set_authorizer_option"

WEB_ACCESS = "/sns/oauth2/access_token"
WEB_REFRESH = "/sns/oauth2/refresh_token"
WEB_USERINFO = "/sns/userinfo"
WEB_CHECK = "/sns/auth"
COMPONENT_WEB_ACCESS = "/sns/oauth2/component/access_token"
COMPONENT_WEB_REFRESH = "/sns/oauth2/component/refresh_token"
LOGIN = "/sns/jscode2session"
COMPONENT_LOGIN = "/sns/component/jscode2session"
PHONE_NUMBER = "/wxa/business/getuserphonenumber"
CHECK_SESSION = "/wxa/checksession"
RESET_SESSION = "/wxa/resetusersessionkey"

SENDS = frozenset({TEMPLATE_SEND, BIZSEND, SUBSCRIBE_SEND, CUSTOM_SEND, ONE_TIME_SEND})

ALL = SENDS | {
    STABLE,
    CLASSIC,
    PRIVATE_TEMPLATES,
    SUBSCRIPTION_TEMPLATES,
    ADD_PRIVATE,
    DELETE_PRIVATE,
    CATEGORIES,
    TITLES,
    KEYWORDS,
    ADD_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
    USER_INFO,
    USER_LIST,
    USER_INFOS,
    QR_CREATE,
    JS_TICKET,
    QUOTA_GET,
    QUOTA_CLEAR,
    CLEAR_ALL,
    CLEAR_ALL_TOKENLESS,
    RID_GET,
    START_PUSH_TICKET,
    COMPONENT_ACCESS,
    CREATE_PREAUTHCODE,
    QUERY_AUTH,
    AUTHORIZER_ACCESS,
    AUTHORIZER_LIST,
    AUTHORIZER_INFO,
    GET_OPTION,
    SET_OPTION,
    PHONE_NUMBER,
    CHECK_SESSION,
    RESET_SESSION,
}
"""What has a quota that can be asked for."""

COMPONENT_SNS = frozenset({COMPONENT_WEB_ACCESS, COMPONENT_WEB_REFRESH, COMPONENT_LOGIN})
WEB = frozenset({
    WEB_ACCESS, WEB_REFRESH, WEB_USERINFO, WEB_CHECK, COMPONENT_WEB_ACCESS, COMPONENT_WEB_REFRESH,
})  # fmt: skip
SNS = WEB | {LOGIN, COMPONENT_LOGIN}
