"""The template library: listing, adding and deleting an account's templates."""

from __future__ import annotations

from channels._wechat.codes.access import ACCOUNT, NOTHING, PERMISSION
from channels._wechat.codes.row import CONTENT, ENDPOINT, WAIT, Advice, Row, content

MAKE_ROOM = Advice(
    "Delete templates that are no longer used, then try again.",
    "请删除不再使用的模板后重试。",
)
CHOOSE_AGAIN = Advice(
    "Choose the template and its keywords again from the platform's library.",
    "请在平台模板库中重新选择模板与关键词。",
)
READ_WORDS = Advice(
    "Read the platform's own words beside this number; it documents no more about it.",
    "请查看平台返回的原文，官方未对此错误码作更多说明。",
)

ROWS = (
    Row(20001, "library_busy", WAIT, NOTHING,
        "The template library had a fault of its own.", "模板库系统错误。"),
    Row(20002, "library_refused", CONTENT, CHOOSE_AGAIN,
        "A parameter is wrong.", "参数错误。"),
    Row(200001, "library_refused", CONTENT, READ_WORDS,
        "The template library refused the request.", "模板库拒绝了该请求。"),
    Row(200002, "library_refused", CONTENT, READ_WORDS,
        "The template library refused the request.", "模板库拒绝了该请求。"),
    Row(404, "library_refused", CONTENT, READ_WORDS,
        "The template library refused the request.", "模板库拒绝了该请求。"),
    Row(40400, "library_refused", CONTENT, READ_WORDS,
        "The template library refused the request.", "模板库拒绝了该请求。"),
    Row(200011, "library_banned", ENDPOINT, ACCOUNT,
        "The account is banned from the template library.", "该账号已被封禁，无法操作模板。"),
    Row(43106, "library_banned", ENDPOINT, ACCOUNT,
        "Adding templates is forbidden for this account, as a punishment.", "该账号因违规被禁止添加模板。"),
    Row(200100, "wrong_account_type", ENDPOINT, PERMISSION,
        "An account of this type has no such templates.", "该账号类型不支持此类模板。"),
    Row(200012, "too_many_templates", CONTENT, MAKE_ROOM,
        "The account has as many templates as it may.", "个人模板数已达上限。"),
    Row(45026, "too_many_templates", CONTENT, MAKE_ROOM,
        "The account has as many templates as it may.", "模板数量已达上限。"),
    Row(200013, "template_banned", content("tid"), CHOOSE_AGAIN,
        "The platform has banned this template.", "该模板已被封禁。"),
    Row(200014, "library_refused", content("tid"), CHOOSE_AGAIN,
        "The library has no template with this number.", "模板 tid 参数错误。"),
    Row(200016, "library_refused", content("start"), CHOOSE_AGAIN,
        "The parameter start is wrong.", "start 参数错误。"),
    Row(200017, "library_refused", content("limit"), CHOOSE_AGAIN,
        "The parameter limit is wrong.", "limit 参数错误。"),
    Row(200018, "library_refused", content("ids"), CHOOSE_AGAIN,
        "The categories are missing.", "类目 ids 参数缺失。"),
    Row(200019, "library_refused", content("ids"), CHOOSE_AGAIN,
        "The categories are not valid.", "类目 ids 不合法。"),
    Row(200020, "library_refused", content("kidList"), CHOOSE_AGAIN,
        "The list of keywords is wrong.", "关键词列表 kidList 参数错误。"),
    Row(200021, "library_refused", content("sceneDesc"), CHOOSE_AGAIN,
        "The description of the scene is wrong.", "场景描述 sceneDesc 参数错误。"),
    Row(200022, "library_refused", content("tid"), CHOOSE_AGAIN,
        "The account has this template already.", "该模板已添加，请勿重复添加。"),
    Row(40246, "library_refused", content("keyword_name_list"), CHOOSE_AGAIN,
        "The list of keywords is missing or wrong.", "关键词列表 keyword_name_list 缺失或错误。"),
    Row(40247, "library_refused", content("template_id_short"), CHOOSE_AGAIN,
        "Only a template of the account's categories can be added.", "只能添加类目模板。"),
)  # fmt: skip
