"""What a plugin finds in a content before it is sent."""

from __future__ import annotations

from ums.domain.lint import CLEAN, Linted
from ums.domain.template_findings import Finding

__all__ = ["CLEAN", "Finding", "Linted"]
