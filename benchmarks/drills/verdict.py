"""What was promised, what was seen, and whether the one holds against the other."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise, and what was seen of it."""

    promise: str
    seen: str
    holds: bool


@dataclass(slots=True)
class Verdict:
    """All that a drill found; `figures` are for whoever compares runs, `limits` what it doesn't prove."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float | str] = field(default_factory=dict)
    limits: list[str] = field(default_factory=list)
    left_out: str = ""

    def expect(self, promise: str, seen: object, *, holds: bool) -> None:
        """Note a promise and what was seen of it."""
        self.findings.append(Finding(promise, str(seen), holds))

    @property
    def is_kept(self) -> bool:
        """Whether every promise held."""
        return all(finding.holds for finding in self.findings)

    def document(self) -> dict[str, object]:
        """Everything, for programs."""
        findings = [{"promise": one.promise, "seen": one.seen, "holds": one.holds} for one in self.findings]
        return {
            "drill": self.name,
            "kept": self.is_kept,
            "left_out": self.left_out,
            "findings": findings,
            "figures": self.figures | {"load_average": round(os.getloadavg()[0], 1)},
            "limits": self.limits,
        }

    def tell(self, *, as_json: bool) -> int:
        """Print it; the status to end with."""
        if as_json:
            print(json.dumps(self.document(), ensure_ascii=False))
        else:
            print("\n".join(self._lines()))
        return 0 if self.is_kept else 1

    def _lines(self) -> list[str]:
        if self.left_out:
            return [f"{self.name}: left out. {self.left_out}"]
        width = max(len(finding.promise) for finding in self.findings)
        rows = [
            f"  {'kept' if one.holds else 'BROKEN':8}{one.promise:{width}}  {one.seen}" for one in self.findings
        ]
        figures = [f"  {name.replace('_', ' ')}: {value}" for name, value in self.figures.items()]
        limits = [f"  Not proved: {limit}" for limit in self.limits]
        end = f"{self.name}: every promise was kept." if self.is_kept else f"{self.name}: A PROMISE WAS BROKEN."
        return [*rows, *figures, *limits, end]
