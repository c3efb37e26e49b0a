"""Parses GeoReport's XML into the same objects as its JSON. Entities, DTDs and external references are refused."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence, Set
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from data.domain.reasons import reason
from data.texts import ReasonError

DEEPEST = 40
ERRORS = frozenset({"errors", "error"})
"""The elements in which a server says what is wrong."""
_JUNK = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    r"|&#0*(?:[0-8]|1[124-9]|2\d|3[01]);|&#[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]);"
)
"""Characters that XML does not allow, literal or as references."""


class XmlError(ReasonError, ValueError):
    """XML that cannot be parsed; the reason says why."""


class ServerErrors(ValueError):
    """The body tells errors and not what was asked for; the text contains them."""

    def __init__(self, errors: Sequence[Any]) -> None:
        """errors: GeoReport's objects {code, description}, or whatever stands in their place."""
        super().__init__("; ".join(_told(each)[:200] for each in errors[:3]))
        self.in_protocol = all(isinstance(each, dict) and {"code", "description"} <= each.keys() for each in errors)


def _told(error: Any) -> str:
    if isinstance(error, dict):
        named = [error.get(name) for name in ("code", "description", "message")]
        return ": ".join(_told(each) for each in named if each not in (None, "")) or reprlib.repr(error)
    return error if isinstance(error, str) else reprlib.repr(error)


def xml_objects(text: str, wrappers: Set[str], known_by: Set[str]) -> list[dict[str, Any]]:
    """The elements with a name in `wrappers` and a child in `known_by`, as objects, in order.

    Namespaces are ignored. Raises ServerErrors, and XmlError, also when there is neither such an element nor an empty
    list of them.
    """
    try:
        try:
            return _walk(text, wrappers, known_by)
        except ParseError:
            return _walk(_JUNK.sub("", text), wrappers, known_by)
    except DefusedXmlException:
        raise XmlError(reason("open311.xml_forbidden")) from None
    except ParseError as wrong:
        raise XmlError(reason("open311.bad_xml", error=str(wrong))) from None


def _walk(text: str, wrappers: Set[str], known_by: Set[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    errors: list[Any] = []
    path: list[Element] = []
    root = ""
    parser = DefusedXMLParser(encoding="utf-8", forbid_dtd=True)  # whatever encoding the text says that it had
    source = BytesIO(text.encode("utf-8", "replace"))
    for event, element in iterparse(source, events=("start", "end"), parser=parser):
        if event == "start":
            path.append(element)
            root = root or _name(element)
            if len(path) > DEEPEST:
                raise XmlError(reason("open311.xml_too_deep"))
            continue
        path.pop()
        if _name(element) in wrappers and any(_name(child) in known_by for child in element):
            found.append(_object(element))
            element.clear()
            if path:
                path[-1].remove(element)
            else:
                errors.clear()
        elif _is_error(element, path):
            errors.append(_value(element) or f"<{_name(element)}>")
    if errors:
        raise ServerErrors(errors)
    if not found and root not in wrappers:
        raise XmlError(reason("open311.xml_root", root=root[:40]))
    return found


def _is_error(element: Element, path: Sequence[Element]) -> bool:
    """Whether it tells an error, itself or in a list of them, and is no field of a request."""
    is_outside = len(path) <= 1 or (len(path) == 2 and _name(path[1]) in ERRORS)
    return is_outside and _name(element) in ERRORS and not any(_name(child) in ERRORS for child in element)


def _name(element: Element) -> str:
    """Lower case, without namespace."""
    return element.tag.rpartition("}")[2].lower()


def _object(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name, value = _name(child), _value(child)
        if value is not None or name not in found:
            found[name] = value
    return found


def _value(element: Element) -> Any:
    """A text, None for an empty element; children of one name become a list, others an object."""
    if not len(element):
        return (element.text or "").strip() or None
    names = {_name(child) for child in element}
    if len(names) == 1:
        return [_value(child) for child in element]
    return _object(element)
