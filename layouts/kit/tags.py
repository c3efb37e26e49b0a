"""Lightweight HTML elements for drawings: a wall draws hundreds at every change.

Written like Dash's, `Div([B("a"), "b"], className="c", **{"data-d": 1})`; the server renders them as HTML. Pages
themselves, and elements that callbacks find by id, are Dash components.
"""

from __future__ import annotations

from functools import partial
from typing import Any


class Tag:
    """An element: its parts (text, numbers, elements, None, lists of them) and its attributes."""

    __slots__ = ("attributes", "children", "name")

    children: Any

    def __init__(self, name: str, children: object = None, **attributes: object) -> None:
        """An attribute that is None or False is not written, True is one without a value."""
        self.name = name
        self.children = children
        self.attributes = attributes

    def __repr__(self) -> str:
        return f"Tag({self.name!r}, {self.children!r}, {self.attributes!r})"


A = partial(Tag, "a")
Article = partial(Tag, "article")
B = partial(Tag, "b")
Br = partial(Tag, "br")
Div = partial(Tag, "div")
Em = partial(Tag, "em")
Icon = partial(Tag, "i")
Img = partial(Tag, "img")
P = partial(Tag, "p")
Small = partial(Tag, "small")
Span = partial(Tag, "span")
Time = partial(Tag, "time")
