"""What would make a person reachable, and who must do it: for the API in English, for documents in Chinese, too.

`scripts/reasons.py` writes them down.
"""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.routing import Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A reason why a channel doesn't reach a person now, when it is told, and what would change that."""

    reason: str
    when: str
    when_zh: str
    fix: str
    fix_zh: str


CHANNEL_CLOSED = Remedy(
    reason=Obstacle.CHANNEL_CLOSED,
    when="An operator has closed the channel.",
    when_zh="运营人员已关闭该通道。",
    fix="An operator opens the channel again with ums channel resume.",
    fix_zh="运营人员用 ums channel resume 重新打开通道。",
)
NOT_INSTALLED = Remedy(
    reason=Obstacle.CHANNEL_CLOSED,
    when="The plugin of the channel's type is not installed.",
    when_zh="该通道类型的插件未安装。",
    fix="An operator installs the plugin of the channel's type.",
    fix_zh="运营人员安装该通道类型的插件。",
)
QUIET_HELD = Remedy(
    reason="quiet_hours",
    when="These are quiet hours of the application, in which its messages are held.",
    when_zh="现在是该应用的免打扰时段，消息会被推迟。",
    fix="Wait until they are over: what is sent now is held until then by itself.",
    fix_zh="等到时段结束：现在发送的消息会自动推迟到那时。",
)
QUIET_REFUSED = Remedy(
    reason="quiet_hours",
    when="These are quiet hours of the application, in which its messages are refused (1015038).",
    when_zh="现在是该应用的免打扰时段，消息会被拒绝（1015038）。",
    fix="Wait until they are over and send then, or have an operator change the application's quiet hours.",
    fix_zh="等到时段结束后再发送，或请运营人员修改该应用的免打扰时段。",
)
KEPT_OUT = Remedy(
    reason=Obstacle.KEPT_OUT,
    when="The user is on the blacklist that was asked about, or not on the whitelist.",
    when_zh="用户在所问的黑名单中，或不在白名单中。",
    fix="The application leaves the list out, or an operator takes the user off the blacklist or puts him on the "
    "whitelist.",
    fix_zh="应用不带该名单发送，或由运营人员将用户移出黑名单、加入白名单。",
)
NOT_BOUND = Remedy(
    reason=Obstacle.NOT_BOUND,
    when="No address of the user is bound to the channel.",
    when_zh="用户在该通道上没有绑定地址。",
    fix="The application uploads his address with POST /v1/user/opt.",
    fix_zh="应用用 POST /v1/user/opt 上传其地址。",
)
NOT_BOUND_HIMSELF = Remedy(
    reason=Obstacle.NOT_BOUND,
    when="The same, on a channel where the user can bind himself.",
    when_zh="同上，且用户可以在该通道上自行绑定。",
    fix="The application has the user bind himself by a link of POST /v1/bind/ticket or a code of "
    "POST /v1/bind/qr, or uploads his address with POST /v1/user/opt.",
    fix_zh="应用用 POST /v1/bind/ticket 的链接或 POST /v1/bind/qr 的二维码让用户自行绑定，"
    "或用 POST /v1/user/opt 上传其地址。",
)
RETIRED = Remedy(
    reason=Obstacle.ADDRESS_RETIRED,
    when="The provider has refused the address for good; detail says why.",
    when_zh="服务商已永久拒绝该地址；detail 说明原因。",
    fix="The application uploads an address of his that works with POST /v1/user/opt.",
    fix_zh="应用用 POST /v1/user/opt 上传可用的地址。",
)
RETIRED_HIMSELF = Remedy(
    reason=Obstacle.ADDRESS_RETIRED,
    when="The same, on a channel where the user can bind himself.",
    when_zh="同上，且用户可以在该通道上自行绑定。",
    fix="The application has the user bind himself anew by a link of POST /v1/bind/ticket or a code of "
    "POST /v1/bind/qr, or uploads an address of his that works with POST /v1/user/opt.",
    fix_zh="应用用 POST /v1/bind/ticket 的链接或 POST /v1/bind/qr 的二维码让用户重新绑定，"
    "或用 POST /v1/user/opt 上传可用的地址。",
)
NOT_FOLLOWING = Remedy(
    reason=Obstacle.NOT_FOLLOWING,
    when="The user doesn't follow the account, and only followers get this kind of message.",
    when_zh="用户未关注该账号，而此类消息只发给关注者。",
    fix="The user follows the account, to which a code of POST /v1/bind/qr leads him.",
    fix_zh="用户关注该账号；POST /v1/bind/qr 的二维码可以引导他关注。",
)
FREQUENCY_CAP = Remedy(
    reason=Obstacle.FREQUENCY_CAP,
    when="The user has had as many messages of the application as its frequency cap allows.",
    when_zh="用户收到的该应用消息已达频次上限。",
    fix="Wait until the user may have another message, or have an operator raise the application's frequency cap.",
    fix_zh="等到用户可以再收消息，或请运营人员提高该应用的频次上限。",
)
CHANNEL_PAUSED = Remedy(
    reason="channel_paused",
    when="An operator has paused the channel.",
    when_zh="运营人员已暂停该通道。",
    fix="An operator resumes the channel with ums channel resume; what is sent until then waits.",
    fix_zh="运营人员用 ums channel resume 恢复通道；在此之前发送的消息会等待。",
)
CHANNEL_PARKED = Remedy(
    reason=Obstacle.CHANNEL_PARKED,
    when="The provider refuses the channel; detail says why.",
    when_zh="服务商拒绝该通道；detail 说明原因。",
    fix="An operator puts right what the provider refuses and runs ums channel test; what is sent until then "
    "waits.",
    fix_zh="运营人员解决服务商拒绝的原因后执行 ums channel test；在此之前发送的消息会等待。",
)
CHANNEL_FAILING = Remedy(
    reason=Obstacle.CHANNEL_FAILING,
    when="The channel's calls keep failing, so single ones try it; detail says why the last failed.",
    when_zh="该通道的调用持续失败，目前只用单次调用试探；detail 说明最近一次失败的原因。",
    fix="Wait: all go out again within a minute after the provider is back. An operator may call it at once with "
    "ums channel resume; what is sent until then waits.",
    fix_zh="等待：服务商恢复后一分钟内自动继续。运营人员可用 ums channel resume 立即恢复调用；"
    "在此之前发送的消息会等待。",
)
ENDPOINT_BLOCKED = Remedy(
    reason="endpoint_blocked",
    when="The account may not send this kind of message; where the provider gave a reason of the table above, such "
    "as not_authorised (48001), it is told in place of this one. detail holds its words.",
    when_zh="该账号无权发送此类消息；服务商给出上表中的原因（如 not_authorised，48001）时以该原因代替。"
    "detail 为其原话。",
    fix="An operator has the provider allow it and runs ums channel resume; what is sent until then waits.",
    fix_zh="运营人员在服务商处取得权限后执行 ums channel resume；在此之前发送的消息会等待。",
)
QUOTA_USED_UP = Remedy(
    reason="daily_quota",
    when="The provider's quota for this kind of message is used up for longer than a minute; the reason is the "
    "provider's of the table above.",
    when_zh="服务商对此类消息的配额已用完，且要等一分钟以上；原因为上表中服务商给出的原因。",
    fix="Wait until the provider's quota begins anew, or have an operator clear it with ums channel clear-quota; "
    "what is sent until then waits.",
    fix_zh="等到服务商配额恢复，或请运营人员用 ums channel clear-quota 清零；在此之前发送的消息会等待。",
)
ENDPOINT_RESTS = Remedy(
    reason="minute_quota",
    when="The same for less than a minute, or where nobody can have it cleared.",
    when_zh="同上，但不到一分钟，或无法清零。",
    fix="Wait until the provider takes messages again: what is sent until then waits by itself.",
    fix_zh="等到服务商恢复接收：在此之前发送的消息会自动等待。",
)
SETTINGS_UNUSABLE = Remedy(
    reason="settings_unusable",
    when="The channel's stored settings can't be used.",
    when_zh="该通道保存的设置无法使用。",
    fix="An operator sets the channel's settings anew with ums channel set.",
    fix_zh="运营人员用 ums channel set 重新设置通道。",
)
NO_CREDIT = Remedy(
    reason=Obstacle.NO_CREDIT,
    when="The user has allowed no more messages by the template; or nothing is known, and the channel's setting "
    "unknown_credits is none.",
    when_zh="用户未再允许此模板的消息；或无从得知，而通道设置 unknown_credits 为 none。",
    fix="The application asks the user to allow the template once more, and reports his answer with "
    "POST /v1/subscription.",
    fix_zh="应用请用户再次允许该模板，并用 POST /v1/subscription 上报结果。",
)
NO_CONSENT = Remedy(
    reason=Obstacle.NO_CREDIT,
    when="The same of a one-time message, asked about as TEMPLATE#SCENE.",
    when_zh="同上，针对一次性订阅消息（以 TEMPLATE#SCENE 询问）。",
    fix="The application has the user consent once more on the platform's page, and reports it with "
    "POST /v1/subscription.",
    fix_zh="应用让用户在平台页面上再次同意，并用 POST /v1/subscription 上报。",
)
TEMPLATE_UNKNOWN = Remedy(
    reason="template_unknown",
    when="The channel's template list, as last refreshed, doesn't hold the template.",
    when_zh="最近一次刷新的通道模板列表中没有该模板。",
    fix="The application takes a template_id of the channel's list, which "
    "POST /v1/channel/{code}/template/refresh fetches anew.",
    fix_zh="应用改用通道列表中的 template_id；POST /v1/channel/{code}/template/refresh 可重新获取列表。",
)

REMEDIES = (
    CHANNEL_CLOSED, NOT_INSTALLED, QUIET_HELD, QUIET_REFUSED, KEPT_OUT, NOT_BOUND, NOT_BOUND_HIMSELF, RETIRED,
    RETIRED_HIMSELF, NOT_FOLLOWING, FREQUENCY_CAP, CHANNEL_PAUSED, CHANNEL_PARKED, CHANNEL_FAILING,
    ENDPOINT_BLOCKED, QUOTA_USED_UP, ENDPOINT_RESTS, SETTINGS_UNUSABLE, NO_CREDIT, NO_CONSENT, TEMPLATE_UNKNOWN,
)  # fmt: skip
"""In the order in which a sender meets them."""
