"""Asking for quotas and having them counted anew."""

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

ROWS = (
    Row(48006, "clears_used_up", ENDPOINT, NEXT_MONTH,
        "The account has had its quotas cleared ten times this month.", "该账号本月的额度清零次数已用完。"),
    Row(76003, "quota_path_malformed", CONTENT, NOT_OF_USE,
        "The platform does not take the path whose quota was asked for.", "查询额度的接口路径格式不正确。",
        Operation.QUOTA),
    Row(76021, "quota_path_unknown", CONTENT, NOT_OF_USE,
        "The platform does not know the path whose quota was asked for.", "平台不存在所查询额度的接口。"),
    Row(76022, "quota_not_told", CONTENT, NOT_OF_USE,
        "The platform tells no quota of this path.", "该接口不支持查询额度。"),
)  # fmt: skip
