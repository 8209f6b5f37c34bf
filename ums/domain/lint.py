"""What is found in a content before it is sent: what its provider would refuse, and what was clipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ums.domain.json import Json
from ums.domain.placeholders import Content
from ums.domain.template_findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found in one content, all of it by path (`data.thing1.value`).

    A content with `findings` would be refused. `clipped` holds the texts that are sent in the place of those given,
    because these were too long or held line breaks.
    """

    findings: tuple[Finding, ...] = ()
    clipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.findings

    def at(self, path: str) -> Linted:
        """The same of a content that stands at `path`."""
        if not self.findings and not self.clipped:
            return self
        return Linted(
            findings=tuple(replace(finding, path=f"{path}.{finding.path}") for finding in self.findings),
            clipped={f"{path}.{inner}": text for inner, text in self.clipped.items()},
        )


CLEAN = Linted()
"""Nothing to say."""


def errors_in(linted: Mapping[str, Linted]) -> dict[str, list[str]]:
    """What is wrong by path, of what was found for each channel."""
    errors: dict[str, list[str]] = {}
    for one in linted.values():
        for finding in one.findings:
            errors.setdefault(finding.path, []).append(finding.text)
    return errors


def clippings_in(linted: Mapping[str, Linted]) -> tuple[str, ...]:
    """A sentence for each text that was clipped, of what was found for each channel."""
    return tuple(f"{path} was clipped to {text!r}" for one in linted.values() for path, text in one.clipped.items())


def with_texts(content: Content, texts: Mapping[str, str]) -> dict[str, Json]:
    """The content with these texts, by path, in the place of those that stand there."""
    made: Json = dict(content)
    for path, text in texts.items():
        made = _with_text(made, path.split("."), text)
    assert isinstance(made, dict)  # noqa: S101 - a path leads into it
    return made


def _with_text(value: Json, steps: Sequence[str], text: str) -> Json:
    if not steps:
        return text
    if not isinstance(value, dict):
        raise TypeError(f"a path of clipped texts leads through objects only, not to {'.'.join(steps)}")
    return {**value, steps[0]: _with_text(value.get(steps[0]), steps[1:], text)}
