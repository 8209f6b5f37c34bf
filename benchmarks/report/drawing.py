"""The paper, the axes, the legend and the colours of a plot: light where the reader's page is light, else dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 860
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif"
LIGHT = ("#2f6fd0", "#2d8a4e", "#b35900", "#8250df", "#57606a")
DARK = ("#58a6ff", "#3fb950", "#f0883e", "#bc8cff", "#b1bac4")
COLOURS = len(LIGHT)
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


def _coloured(colours: Sequence[str]) -> str:
    return "".join(
        f".f{place} {{ fill: {colour} }} .l{place} {{ stroke: {colour} }} " for place, colour in enumerate(colours)
    )


_STYLE = f"""
    .page {{ fill: #ffffff; stroke: #d0d7de }}
    .title {{ fill: #1f2328; font-size: 16px; font-weight: 600 }}
    .name {{ fill: #1f2328 }} .note {{ fill: #57606a }}
    .grid {{ stroke: #d0d7de; stroke-width: 1 }} .spread {{ stroke: #1f2328; stroke-width: 1.5 }}
    .line {{ fill: none; stroke-width: 2.5 }} .ideal {{ stroke-width: 1.2; stroke-dasharray: 5 4; opacity: 0.8 }}
    .end {{ text-anchor: end }} .middle {{ text-anchor: middle }}
    {_coloured(LIGHT)}
    @media (prefers-color-scheme: dark) {{
      .page {{ fill: #161b22; stroke: #30363d }}
      .title, .name {{ fill: #f0f3f6 }} .note {{ fill: #b1bac4 }}
      .grid {{ stroke: #30363d }} .spread {{ stroke: #f0f3f6 }}
      {_coloured(DARK)}
    }}"""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where values stand: from `low` to `high`, drawn from `start` to `end`; by their logarithms where `is_log`."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        low, high, value = map(self._scaled, (self.low, self.high, value))
        return round(self.start + (value - low) / (high - low) * (self.end - self.start), 1)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.is_log else value

    def ticks(self) -> list[float]:
        """Round values that are marked."""
        if self.is_log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            return [10.0**power for power in range(first, last + 1) if self.low <= 10.0**power <= self.high]
        step = round_up(self.high / 5)
        return [step * place for place in range(int(self.high / step) + 1)]


def round_up(value: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 with noughts."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(nice * power for nice in _NICE if value <= nice * power * 1.000001)


def text(x: float, y: float, words: str, kind: str = "name") -> str:
    """A piece of text; `kind` is one class or more."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def page(title: str, description: str, height: float, parts: Sequence[str]) -> str:
    """The whole picture; `description` is for those who can't see it."""
    body = "\n  ".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img"
     aria-labelledby="t d" font-family="{FONT}" font-size="13">
  <title id="t">{escape(title)}</title>
  <desc id="d">{escape(description)}</desc>
  <style>{_STYLE}
  </style>
  <rect class="page" x="1" y="1" width="{WIDTH - 2}" height="{height - 2:g}" rx="10"/>
  {text(24, 34, title, "title")}
  {body}
</svg>
"""
