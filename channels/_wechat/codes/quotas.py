"""Asking for quotas and having them counted anew; asking about calls by the rid of their answers."""

from __future__ import annotations

from channels._wechat.codes.row import CONTENT, ENDPOINT, Advice, Operation, Row

NEXT_MONTH = Advice(
    "Wait for the day, or the month, to turn; clears made in the account's console count as well.",
    "请等待次日额度恢复或次月清零次数恢复；在公众平台后台的清零也计入次数。",
)
NOT_OF_USE = Advice(
    "The platform tells no quota of this endpoint; look into the account's console.",
    "平台不提供该接口的额度，请在公众平台后台查看。",
)
OWN_AND_NEW = Advice(
    "Give the rid as it stands in the platform's words; it keeps calls for seven days, each account's for itself.",
    "请填写平台返回信息中的 rid；平台仅保留 7 天内的调用，且只能查询本账号的。",
)

ROWS = (
    Row(48006, "clears_used_up", ENDPOINT, NEXT_MONTH,
        "The account has had its quotas cleared ten times this month.", "该账号本月的额度清零次数已用完。"),
    Row(76003, "quota_path_malformed", CONTENT, NOT_OF_USE,
        "The platform does not take the path whose quota was asked for.", "查询额度的接口路径格式不正确。",
        Operation.QUOTA),
    Row(76001, "rid_unknown", CONTENT, OWN_AND_NEW,
        "The platform knows no call with this rid.", "平台没有该 rid 对应的调用。"),
    Row(76002, "rid_malformed", CONTENT, OWN_AND_NEW,
        "This is no rid.", "rid 格式不正确。"),
    Row(76003, "rid_foreign", CONTENT, OWN_AND_NEW,
        "The call with this rid was another account's.", "该 rid 不属于此账号。",
        Operation.LOOK_UP),
    Row(76004, "rid_too_old", CONTENT, OWN_AND_NEW,
        "The call with this rid is too long ago.", "该 rid 已超过可查询期限。"),
    Row(76021, "quota_path_unknown", CONTENT, NOT_OF_USE,
        "The platform does not know the path whose quota was asked for.", "平台不存在所查询额度的接口。"),
    Row(76022, "quota_not_told", CONTENT, NOT_OF_USE,
        "The platform tells no quota of this path.", "该接口不支持查询额度。"),
)  # fmt: skip
