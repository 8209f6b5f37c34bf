"""A provider's template library, for programs that hold an operator's token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from ums.client.door import Door, part
from ums.client.template_answers import (
    AddedTemplate,
    DeletedTemplate,
    LibraryCategory,
    LibraryKeyword,
    LibraryTitle,
)


class Library:
    """What can be chosen for one channel. The provider allows few calls a day; the gateway keeps answers for hours.

    Every method raises ApiError where the gateway or the provider refuses, and NoAnswer where none answers.
    """

    def __init__(self, door: Door, code: str) -> None:
        self._door = door
        self._channel = f"/v1/admin/channels/{part(code)}"

    def categories(self) -> list[LibraryCategory]:
        """The categories that the account may choose from: `GET …/library/categories`."""
        return cast("list[LibraryCategory]", self._door.get(f"{self._channel}/library/categories")["categories"])

    def titles(self, *categories: str) -> Iterator[LibraryTitle]:
        """The titles of these categories, or of all, some thirty a call: `GET …/library/titles`."""
        seen, total = 0, 1
        while seen < total:
            query: dict[str, str | int | None] = {"category": ",".join(categories) or None, "start": seen}
            page = self._door.get(f"{self._channel}/library/titles", query)
            found = cast("list[LibraryTitle]", page["titles"])
            if not found:
                return
            yield from found
            seen, total = seen + len(found), cast("int", page["total"])

    def keywords(self, tid: str) -> list[LibraryKeyword]:
        """What may be chosen for one title: `GET …/library/titles/{tid}/keywords`."""
        path = f"{self._channel}/library/titles/{part(tid)}/keywords"
        return cast("list[LibraryKeyword]", self._door.get(path)["keywords"])

    def add(self, tid: str, keywords: Sequence[str] = (), *, scene: str = "", kind: str = "") -> AddedTemplate:
        """Put a title on the channel's list, with these keywords in this order: `POST …/templates`.

        What got no answer isn't repeated by itself: it may have been done.
        """
        body = {"tid": tid, "keywords": list(keywords), "scene": scene, "kind": kind}
        given = {name: value for name, value in body.items() if value}
        return cast("AddedTemplate", self._door.send("POST", f"{self._channel}/templates", given))

    def delete(self, template_id: str) -> DeletedTemplate:
        """Delete a template at the provider: `DELETE …/templates/{remote_id}`."""
        path = f"{self._channel}/templates/{part(template_id)}"
        return cast("DeletedTemplate", self._door.send("DELETE", path))
