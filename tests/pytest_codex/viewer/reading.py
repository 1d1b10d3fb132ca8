"""
Reads a page as a browser would, strictly.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

VOID = ("meta", "br", "hr", "img", "link", "input")
OUTSIDE = ("src", "srcset", "data", "action", "background", "poster")


class Page(HTMLParser):
    """
    A page whose tags must all be closed, in order.

    Attributes:
        text: What can be read on it.
        tags: Every tag with its attributes.
        inside: Texts by the CSS class they are in.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inside: dict[str, list[str]] = {}
        self._open: list[tuple[str, list[str]]] = []
        self.feed(source)
        self.close()
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """
        Note a tag.
        """
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in VOID:
            self._open.append((tag, given.get("class", "").split()))

    def handle_endtag(self, tag: str) -> None:
        """
        Only the innermost open tag may end.
        """
        assert self._open[-1][0] == tag, (tag, self._open)
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """
        Note a text under every class around it.
        """
        if any(tag == "style" for tag, _ in self._open):
            return
        self.text += data
        for name in {name for _, names in self._open for name in names}:
            self.inside.setdefault(name, []).append(data)

    def said(self, name: str) -> str:
        """
        All that stands in elements of a class.
        """
        return "".join(self.inside.get(name, []))

    @property
    def references(self) -> list[str]:
        """
        Whatever a browser would load or lead to, but places on the page itself.
        """
        found = [value for _, attrs in self.tags for key, value in attrs.items() if key in OUTSIDE]
        found += [attrs["href"] for _, attrs in self.tags if attrs.get("href", "#")[:1] != "#"]
        return found + [
            tag for tag, _ in self.tags if tag in ("script", "link", "iframe", "object")
        ]
