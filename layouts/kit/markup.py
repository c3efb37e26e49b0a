"""Renders tags as escaped HTML, once for all screens."""

from __future__ import annotations

import re
from html import escape

from layouts.kit.tags import Tag

Drawing = Tag | str | int | float | None | list["Drawing"] | tuple["Drawing", ...]

_VOID = frozenset({"br", "hr", "img", "wbr"})
_NAMES = {"className": "class"}
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""The signs that change the direction of the text around them, as ranges."""
_direction = re.compile(f"[{_DIRECTION}]")
_special = re.compile(f"[&<>\"'{_DIRECTION}]").search


def plain_direction(text: str, sign: str = "") -> str:
    """The text without signs that would turn or swap what stands around it; `sign` stands in the place of each."""
    return _direction.sub(sign, text)


def to_html(drawing: Drawing) -> str:
    """HTML of a drawing; every text and every attribute is escaped, so that no text from outside becomes an element
    or changes the direction of another one.

    Attributes stand in the order in which they were given, so that equal drawings are equal in every process. Only tags
    are known; a TypeError names any other component.
    """
    out: list[str] = []
    _write(drawing, out)
    return "".join(out)


def _write(drawing: object, out: list[str]) -> None:
    if drawing is None:
        return
    if isinstance(drawing, str):
        out.append(escape(plain_direction(drawing), quote=False) if _special(drawing) else drawing)
    elif isinstance(drawing, Tag):
        _element(drawing, out)
    elif isinstance(drawing, (list, tuple)):
        for part in drawing:
            _write(part, out)
    elif isinstance(drawing, (int, float)):
        out.append(str(drawing))
    else:
        raise TypeError(f"{type(drawing).__module__}.{type(drawing).__qualname__} cannot be written as HTML")


def _element(tag: Tag, out: list[str]) -> None:
    attributes = "".join([_attribute(name, value) for name, value in tag.attributes.items()])
    out.append(f"<{tag.name}{attributes}>")
    if tag.name not in _VOID:
        _write(tag.children, out)
        out.append(f"</{tag.name}>")


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f' {name}=""'
    if isinstance(value, dict):
        value = ";".join([f"{key}:{part}" for key, part in value.items()])
    text = value if isinstance(value, str) else str(value)
    return f' {_NAMES.get(name, name)}="{escape(plain_direction(text)) if _special(text) else text}"'
