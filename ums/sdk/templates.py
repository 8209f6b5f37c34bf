"""A provider's templates, as a plugin reports them."""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.template import RemoteTemplate, TemplateField
from ums.domain.template_library import (
    ChoiceRules,
    LibraryCategory,
    LibraryKeyword,
    LibraryTitle,
    LibraryTitles,
    NewTemplate,
)

__all__ = [
    "ChoiceRules",
    "LibraryCategory",
    "LibraryKeyword",
    "LibraryTitle",
    "LibraryTitles",
    "NewTemplate",
    "RemoteTemplate",
    "TemplateField",
    "TemplatePage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    """Templates in the provider's order, and the cursor of the next page (`""`: there is none)."""

    templates: tuple[RemoteTemplate, ...]
    next: str = ""
