"""Plain `html.*` components as escaped HTML, so that a region is drawn once on the server for every screen."""

from __future__ import annotations

from html import escape

from dash.development.base_component import Component

Drawing = Component | str | int | float | None | list["Drawing"] | tuple["Drawing", ...]

_VOID = frozenset({"br", "hr", "img", "wbr"})
_NAMES = {"className": "class"}
_OWN = frozenset(
    {"children", "_prop_names", "_valid_wildcard_attributes", "available_properties", "available_wildcard_properties"}
)


def to_html(drawing: Drawing) -> str:
    """HTML of a drawing; every text and every attribute is escaped, so that no text from outside becomes an element.

    Attributes stand in the order of their names, so that equal drawings are equal in every process. Only components of
    `dash.html` are known; a TypeError names any other.
    """
    out: list[str] = []
    _write(drawing, out)
    return "".join(out)


def _write(drawing: Drawing, out: list[str]) -> None:
    if drawing is None:
        return
    if isinstance(drawing, str):
        out.append(escape(drawing, quote=False))
    elif isinstance(drawing, (list, tuple)):
        for part in drawing:
            _write(part, out)
    elif isinstance(drawing, Component):
        _element(drawing, out)
    else:
        out.append(escape(str(drawing), quote=False))


def _element(component: Component, out: list[str]) -> None:
    if component._namespace != "dash_html_components":
        raise TypeError(f"{component._namespace}.{component._type} cannot be written as HTML")
    tag = component._type.lower()
    props = vars(component)
    out.append(f"<{tag}")
    for name in sorted(props.keys() - _OWN):
        value = props[name]
        if value is not None and value is not False:
            out.append(f' {_NAMES.get(name, name)}="{_value(value)}"')
    out.append(">")
    if tag not in _VOID:
        _write(props.get("children"), out)
        out.append(f"</{tag}>")


def _value(value: object) -> str:
    if value is True:
        return ""
    if isinstance(value, dict):
        return escape(";".join(f"{name}:{part}" for name, part in value.items()))
    return escape(str(value))
