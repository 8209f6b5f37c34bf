"""What the demo shows in the end: what became of everyone, whether that was the plan, and where to look further."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ums.cli.demo.cast import Stage
from ums.cli.demo.client import Document
from ums.cli.demo.plan import MINI_PROGRAM
from ums.cli.demo.scenario import Keys, Run
from ums.cli.demo.verdict import ChannelTally, Verdict
from ums.cli.screen import Picture, table
from ums.domain.commands import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything there is to tell about one run."""

    verdict: Verdict
    run: Run
    stage: Stage
    keys: Keys
    example: Document
    """A message to one person, to send by hand."""
    openid: str
    """That person's address, to find in the sandbox."""

    @property
    def succeeded(self) -> bool:
        return self.run.finished and not self.verdict.differences

    @property
    def rate(self) -> float:
        """Calls a second that were handed to the providers, from acceptance to the last receipt."""
        return self.verdict.attempts / self.run.seconds if self.run.seconds else 0.0

    def document(self) -> dict[str, Json]:
        """For programs."""
        verdict = self.verdict
        return {
            "ok": self.succeeded,
            "msgid": self.run.msgid,
            "users": sum(tally.people for tally in verdict.groups),
            "groups": [
                {"group": tally.group.title, "users": tally.people, "as_planned": tally.as_planned}
                for tally in verdict.groups
            ],
            "channels": {tally.code: _channel_document(tally) for tally in verdict.channels},
            "unreachable": dict(verdict.unreachable),
            "deliveries": verdict.rows,
            "attempts": verdict.attempts,
            "send_calls": verdict.calls,
            "seconds": round(self.run.seconds, 3),
            "deliveries_per_second": round(self.rate, 1),
            "differences": list(verdict.differences),
            "url": self.stage.gateway_url,
            "sandbox_url": self.stage.sandbox_url,
            "login_url": self.keys.login_url,
        }

    def pictures(self) -> list[Picture]:
        """For people: the tables, the figures, and whether all is well."""
        return [self._channels(), self._unreachable(), self._groups(), self._figures()]

    def look_further(self) -> str:
        """Where everything can be seen for oneself, with this run's own keys."""
        gateway, key, message = self.stage.gateway_url, self.keys.application, self.run.msgid
        curl = f"curl -u {key.key}:{key.master_secret}"
        body = json.dumps(self.example, ensure_ascii=False)
        return "\n".join(
            (
                "Look further:",
                f"  console     {self.keys.login_url}   (signs in once, as an admin)",
                f"  the message {curl} {gateway}/v1/message/{message}",
                f"  rejected    {curl} '{gateway}/v1/message/{message}/deliveries?status=rejected'",
                f"  a person    {curl} {gateway}/v1/user/nocredit-0001",
                f"  templates   {curl} {gateway}/v1/channel/{MINI_PROGRAM}/template",
                f"  sandbox     curl '{self.stage.sandbox_url}/_sandbox/calls?openid={self.openid}'",
                f"  send again  {curl} -H 'Content-Type: application/json' {gateway}/v1/sent -d '{body}'",
            )
        )

    def _channels(self) -> Picture:
        rows = [
            (tally.code, str(tally.sent), str(tally.delivered), str(tally.fell_over), _reasons(tally.rejected))
            for tally in self.verdict.channels
        ]
        return table("By channel", ("channel", "sent", "delivered", "fell over", "rejected, and why"), rows)

    def _unreachable(self) -> Picture:
        rows = [(str(count), reason) for reason, count in sorted(self.verdict.unreachable.items())]
        return table("Unreachable", ("users", "why"), rows)

    def _groups(self) -> Picture:
        rows = [
            (
                tally.group.title,
                str(tally.people),
                str(tally.as_planned),
                "\nthen ".join(map(str, tally.group.expected)),
            )
            for tally in self.verdict.groups
        ]
        return table("Against the plan", ("users who are", "users", "as planned", "the plan"), rows)

    def _figures(self) -> str:
        verdict, seconds = self.verdict, self.run.seconds
        users = sum(tally.people for tally in verdict.groups)
        lines = [
            f"{users:,} users, {verdict.rows:,} deliveries, {verdict.attempts:,} attempts.",
            f"The sandbox saw {verdict.calls:,} send calls.",
            f"From acceptance to the last receipt: {seconds:.1f} s, {self.rate:,.0f} deliveries a second.",
        ]
        if self.succeeded:
            lines.append("Every delivery is final and all is as planned.")
        elif not self.run.finished:
            lines.append(f"NOT FINISHED: after {seconds:.0f} s some deliveries are not final.")
        lines += [f"DIFFERS: {difference}" for difference in verdict.differences]
        return "\n".join(lines)


def _channel_document(tally: ChannelTally) -> dict[str, Json]:
    return {
        "sent": tally.sent,
        "delivered": tally.delivered,
        "fell_over": tally.fell_over,
        "rejected": dict(tally.rejected),
    }


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items())) or "-"
