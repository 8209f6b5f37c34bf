"""Reading the members of a JSON object, with complaints that say where, what is wrong, and what is allowed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping


class Unfit(Exception):
    """A control request makes no sense; the text goes to whoever asked (400)."""


class Fields:
    """The members of one object. ``end`` complains about those nobody asked for."""

    def __init__(self, document: object, where: str = "") -> None:
        if not isinstance(document, dict):
            raise Unfit(f"{where or 'the body'} must be a JSON object")
        self._members: Mapping[str, object] = document
        self._where = where
        self._known: set[str] = set()

    def has(self, name: str) -> bool:
        return self._get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        value = self._get(name)
        if value is None:
            if default is None:
                raise self._unfit(name, "is required: give a text")
            return default
        if not isinstance(value, str):
            raise self._unfit(name, "must be a text")
        return value

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise self._unfit(name, f"must be one of {', '.join(map(repr, allowed))}, not {value!r}")
        return value

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if value and not value.startswith(("http://", "https://")):
            raise self._unfit(name, "must be an http:// or https:// URL")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._unfit(name, "must be true or false")
        return value

    def amount(self, name: str, default: float, most: float = 1e9) -> float:
        """A number of 0 or more."""
        value = self._get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise self._unfit(name, f"must be a number from 0 to {most:g}")
        return float(value)

    def whole(self, name: str, default: int | None, least: int = 0) -> int | None:
        value = self._get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._unfit(name, f"must be a whole number of {least} or more")
        return value

    def texts(self, name: str, default: Iterable[str]) -> frozenset[str]:
        value = self._get(name)
        if value is None:
            return frozenset(default)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self._unfit(name, "must be a list of texts")
        return frozenset(value)

    def wholes(self, name: str) -> dict[str, int]:
        """An object of whole numbers of 0 or more; empty where it is absent."""
        value = self._get(name)
        members = Fields({} if value is None else value, self._path(name))
        return {key: members.whole(key, 0) or 0 for key in members.names()}

    def members(self, name: str) -> dict[str, object]:
        value = self._get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._unfit(name, "must be a JSON object")
        return value

    def objects(self, name: str) -> Iterator[Fields]:
        """Each object of a list, ready to be read."""
        value = self._get(name)
        if not isinstance(value, list):
            raise self._unfit(name, "must be a list of JSON objects")
        entries: list[object] = value
        for position, entry in enumerate(entries):
            yield Fields(entry, f"{self._path(name)}[{position}]")

    def is_number(self, name: str) -> bool:
        return isinstance(self._get(name), int)

    def is_flag(self, name: str) -> bool:
        return isinstance(self._get(name), bool)

    def gives(self, name: str) -> bool:
        """Whether the member is there at all, null included."""
        self._known.add(name)
        return name in self._members

    def names(self) -> list[str]:
        return list(self._members)

    def whole_object(self) -> dict[str, object]:
        """All members as they came, none of them unknown."""
        self._known.update(self._members)
        return dict(self._members)

    def end(self) -> None:
        """Raises ``Unfit`` for members that were not asked for."""
        unknown = sorted(set(self._members) - self._known)
        if unknown:
            allowed = ", ".join(sorted(self._known)) or "none"
            raise Unfit(f"{self._path(unknown[0])} is not known; allowed members: {allowed}")

    def refuse(self, name: str, words: str) -> Unfit:
        """A complaint about one member in the caller's own words."""
        return self._unfit(name, words)

    def _get(self, name: str) -> object:
        self._known.add(name)
        return self._members.get(name)

    def _path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _unfit(self, name: str, words: str) -> Unfit:
        return Unfit(f"{self._path(name)} {words}")
