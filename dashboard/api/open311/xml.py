"""The XML of an answer has the same content as its JSON.

A list becomes an element with one child for each entry, an object one child for each key, null an empty element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
ENTRY = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
}
"""The element of a list's entries, by the list's name."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: str, value: object) -> str:
    """The whole document."""
    element = Element(root)
    _fill(element, value)
    # ElementTree writes a carriage return as it is, and a reader would take it for a line feed.
    body = tostring(element, encoding="unicode", short_empty_elements=False)
    return DECLARATION + body.replace("\r", "&#13;")


def text(value: object) -> str:
    """A value as text; characters that XML 1.0 cannot hold are left out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NO_XML.sub("", str(value))


def _fill(element: Element, value: object) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _fill(SubElement(element, key), each)
    elif isinstance(value, list | tuple):
        for each in value:
            _fill(SubElement(element, ENTRY[element.tag]), each)
    elif value is not None:
        element.text = text(value)
