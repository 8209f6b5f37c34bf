"""The choice of a new template as a form gives it, and what is wrong with it in the reader's words.

A keyword is chosen by giving it a place, so that the order can be told without a script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext, ngettext

from ums.domain.template_library import ChoiceRules, LibraryKeyword, NewTemplate

PLACE = "place-"
"""How the fields begin that say which place a keyword has."""
PLACES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was entered: the list, the place of each keyword by its id, the scene."""

    kind: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    scene: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The template that is meant, and what is wrong with it, by the part of the form."""

    new: NewTemplate
    faults: Mapping[str, str]


def given(form: Mapping[str, str]) -> Choice:
    """The choice in a form."""
    places = {name.removeprefix(PLACE): place for name, place in form.items() if name.startswith(PLACE) and place}
    return Choice(kind=form.get("kind", ""), places=places, scene=form.get("scene", "").strip())


def chosen(
    choice: Choice, tid: str, kinds: Mapping[str, ChoiceRules], keywords: Sequence[LibraryKeyword]
) -> Chosen:
    """What a choice means among these keywords; `kinds` are the lists it may go to, and what each asks."""
    kind = choice.kind if choice.kind in kinds else next(iter(kinds))
    rules = kinds[kind]
    ordered = sorted(
        (keyword for keyword in keywords if choice.places.get(keyword.id)),
        key=lambda keyword: choice.places[keyword.id],
    )
    names = tuple(keyword.name if rules.by_name else keyword.id for keyword in ordered)
    scene = choice.scene if rules.longest_scene != 0 else ""
    faults = {
        "keywords": _fault_of_places(list(choice.places.values())) or _fault_of_number(rules, len(ordered)),
        "scene": _fault_of_scene(rules, scene),
    }
    return Chosen(
        new=NewTemplate(kind=kind, tid=tid, keywords=names, scene=scene),
        faults={part: text for part, text in faults.items() if text},
    )


def _fault_of_places(places: Iterable[str]) -> str:
    taken = list(places)
    return str(gettext("Two keywords have the same place.")) if len(set(taken)) < len(taken) else ""


def _fault_of_number(rules: ChoiceRules, number: int) -> str:
    if rules.most == 0 and number:
        return str(gettext("The keywords of this template can't be chosen; leave their places empty."))
    if rules.most is not None and not rules.least <= number <= rules.most:
        return str(gettext("Choose %(least)s to %(most)s keywords.", least=rules.least, most=rules.most))
    if number < rules.least:
        return str(ngettext("Choose at least %(num)s keyword.", "Choose at least %(num)s keywords.", rules.least))
    return ""


def _fault_of_scene(rules: ChoiceRules, scene: str) -> str:
    if rules.longest_scene is None or len(scene) <= rules.longest_scene:
        return ""
    return str(gettext("At most %(most)s characters, not %(given)s.", most=rules.longest_scene, given=len(scene)))
