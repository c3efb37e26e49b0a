"""Reads a drawing the way a browser does: its elements, their attributes, and the text that can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from layouts.kit.markup import to_html

VOID = {"br", "hr", "img", "wbr", "input"}


class Element:
    """An element with its attributes, its own parts (texts and elements) and everything inside it."""

    def __init__(self, tag: str, facts: Mapping[str, str | None]) -> None:
        self.tag, self.facts = tag, facts
        self.parts: list[Element | str] = []

    @property
    def classes(self) -> set[str]:
        """Its class names."""
        return set((self.facts.get("class") or "").split())

    @property
    def text(self) -> str:
        """What can be read in it."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def all(self) -> Iterator[Element]:
        """Every element in it."""
        for part in self.parts:
            if isinstance(part, Element):
                yield part
                yield from part.all()

    def find(self, name: str) -> list[Element]:
        """Those of a class."""
        return [element for element in self.all() if name in element.classes]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(html: str) -> Element:
    """The elements of a piece of HTML, which must be well closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is not closed"
    return reader.open[0]


def seen(drawing: Any) -> Element:
    """One region, or all plain regions of a drawing together."""
    if isinstance(drawing, Mapping):
        return read("".join(to_html(part) for part in drawing.values() if not isinstance(part, Mapping)))
    return read(to_html(drawing))
