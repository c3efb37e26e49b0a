"""The XML of an answer: the exact mirror of its JSON, by the 'Spark' mapping read backwards.

A list becomes an element with one child for each entry, an object one child for each key, null an empty element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
"""What one entry of a list is called."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def document(root: str, value: object) -> str:
    """The whole document."""
    return DECLARATION + "".join(_element(root, value))


def text(value: object) -> str:
    """Escaped; characters that XML 1.0 cannot hold are left out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NO_XML.sub("", str(value)).translate(_MARKS)


def _element(name: str, value: object) -> Iterator[str]:
    yield f"<{name}>"
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _element(key, each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _element(ENTRY[name], each)
    elif value is not None:
        yield text(value)
    yield f"</{name}>"
