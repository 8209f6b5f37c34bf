"""What the platform finds wrong with a message: its template, its values, its links."""

from __future__ import annotations

from channels._wechat.codes.access import ACCOUNT
from channels._wechat.codes.row import CONTENT, Advice, Row, content

CHECK_TEMPLATE = Advice(
    "Refresh the channel's template list and take the template_id from there: each account has its own ids.",
    "请刷新通道的模板列表并使用其中的 template_id，不同账号的模板 ID 不通用。",
)
CHECK_VALUE = Advice(
    "Compare the value with the limit shown for this key in the channel's template list.",
    "请对照模板列表中该字段的限制检查取值。",
)
CHECK_LINK = Advice(
    "See that the page exists in the published version, or the mini program is linked to the account.",
    "请确认页面存在于已发布版本，且小程序已与该账号关联。",
)
REWORD = Advice(
    "Change the wording: the platform takes it for marketing or finds a sensitive word.",
    "请修改文案：平台判定其含营销内容或敏感词。",
)

ROWS = (
    Row(40036, "wrong_template", content("template_id"), CHECK_TEMPLATE,
        "The template id has a wrong length.", "template_id 长度不合法。"),
    Row(40037, "wrong_template", content("template_id"), CHECK_TEMPLATE,
        "The account has no template with this id.", "template_id 不正确，或不属于该账号。"),
    Row(40008, "message_type_refused", CONTENT, CHECK_TEMPLATE,
        "The message is of a kind the platform does not take.", "不合法的消息类型。"),
    Row(40039, "wrong_link", content("url"), CHECK_LINK,
        "The link has a wrong length.", "url 长度不合法。"),
    Row(40165, "wrong_link", content("miniprogram.pagepath"), CHECK_LINK,
        "The mini program page can't be opened.", "小程序页面路径不合法。"),
    Row(41030, "wrong_link", content("page"), CHECK_LINK,
        "The page is not in the published version of the mini program.", "page 路径不在小程序已发布版本中。"),
    Row(40249, "content_blocked", CONTENT, REWORD,
        "The platform has blocked this message for its content.", "该模板消息因内容被平台拦截。"),
    Row(45168, "sensitive_word", CONTENT, REWORD,
        "The content has a sensitive word.", "内容含有敏感词。"),
    Row(43116, "template_restricted", content("template_id"), ACCOUNT,
        "The platform has restricted this template.", "该模板已被平台限制使用。"),
    Row(43107, "subscription_banned", content("template_id"), ACCOUNT,
        "The platform has banned this template, or the account's subscription messages.",
        "该模板或该账号的订阅消息能力已被封禁。"),
    Row(43100, "template_changed_too_often", content("template_id"), ACCOUNT,
        "The account's templates were changed too often.", "模板修改过于频繁。"),
    Row(40062, "wrong_title", content("title"), Advice(
        "Use a title of at most 15 characters.", "标题请不超过 15 个字。"),
        "The title has a wrong length.", "标题长度不合法。"),
    Row(45008, "too_many_articles", content("news.articles"), Advice(
        "Send one article in a message.", "每条图文消息只能有一篇文章。"),
        "A message has more than one article.", "图文消息的文章数超过限制。"),
    Row(47003, "invalid_value", CONTENT, CHECK_VALUE,
        "A value is empty, too long, or not of its key's type.", "模板参数为空、过长或类型不符。"),
)  # fmt: skip
