"""Parses one CAP message. Only what is Actual, Public and an Alert, an Update or a Cancel is a warning.

Namespaces of CAP 1.1 and 1.2 are read alike; what stands in others (signatures) is passed over. DTDs and entities are
refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from data.domain.reasons import reason
from data.domain.warnings.nouns import MessageType, Severity
from ingest.source import Unreadable

NAMESPACE = re.compile(r"urn:oasis:names:tc:emergency:cap:1\.[12]")
POLYGONS_MOST, CORNERS_MOST = 1_000, 30_000
"""In one info; the largest seen had 150 and 3,072."""
_ENCODING = re.compile(rb"""^[^>]{0,200}?encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters without a shape, which XML refuses, and those that turn the direction of a text."""
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{0,15})?", re.ASCII)
_RADIUS = re.compile(r"\d{1,5}(?:\.\d{0,15})?", re.ASCII)
_SEVERITIES = {each.value.lower(): each for each in Severity}
_SHOWN = 60


def decoded(body: bytes) -> str:
    """The text of a message, in the encoding that it says. Raises Unreadable."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    else:
        said = _ENCODING.match(body.removeprefix(codecs.BOM_UTF8))
        name = said[1].decode("ascii").lower() if said else "utf-8"
    try:
        known = codecs.lookup(name).name
        if known not in _ENCODINGS:
            raise LookupError
        return body.decode(known).removeprefix("\ufeff").replace("\x00", "")
    except (LookupError, UnicodeDecodeError):
        raise Unreadable(reason("warning.encoding", encoding=name)) from None


def parse(text: str) -> dict[str, Any]:
    """The fields of a `WarningRecord` that the message itself holds. Raises Unreadable."""
    alert = root(text)
    if _name(alert) != "alert" or not NAMESPACE.fullmatch(_space(alert)):
        raise Unreadable(reason("warning.no_cap", root=_local(alert)[:_SHOWN]))
    status, scope, kind = (_text(alert, name) for name in ("status", "scope", "msgType"))
    if status != "Actual":
        raise Unreadable(reason("warning.not_actual", status=status[:_SHOWN] or "-"))
    if scope != "Public":
        raise Unreadable(reason("warning.not_public", scope=scope[:_SHOWN] or "-"))
    if kind not in set(MessageType):
        raise Unreadable(reason("warning.kind", kind=kind[:_SHOWN] or "-"))
    references = list(_references(_text(alert, "references")))
    infos = [] if kind == MessageType.CANCEL else [_info(each) for each in _all(alert, "info")]
    if kind == MessageType.CANCEL and not references:
        raise Unreadable(reason("warning.names_nothing"))
    if kind != MessageType.CANCEL and not infos:
        raise Unreadable(reason("warning.no_info", kind=kind))
    own = {name: _text(alert, name) for name in ("sender", "identifier", "sent")}
    return {**own, "message_type": kind, "references": references, "infos": infos}


def root(text: str) -> Element:
    """The outermost element. Raises Unreadable."""
    try:
        found: Element = fromstring(_CONTROL.sub("", text), forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable(reason("warning.xml_forbidden")) from None
    except (ParseError, ValueError) as wrong:
        raise Unreadable(reason("warning.bad_xml", error=str(wrong))) from None
    return found


def _references(text: str) -> Iterator[dict[str, str]]:
    """Triples sender,identifier,sent. What is none is passed over: an Update that names nothing is a warning still."""
    for triple in text.split():
        parts = triple.split(",")
        if len(parts) >= 3:  # senders may have commas
            sender, identifier, sent = ",".join(parts[:-2]), parts[-2], parts[-1]
            if sender and identifier and "T" in sent:
                yield {"sender": sender, "identifier": identifier, "sent": sent}


def _info(info: Element) -> dict[str, Any]:
    said = {name: _text(info, name) for name in ("effective", "onset", "expires")}
    areas = list(_all(info, "area"))
    polygons = [_polygon(_whole(each)) for area in areas for each in _all(area, "polygon")]
    if len(polygons) > POLYGONS_MOST or sum(map(len, polygons)) > CORNERS_MOST:
        raise Unreadable(reason("warning.area_too_large", polygons=len(polygons)))
    return {
        "language": (_text(info, "language") or "en-US").lower().replace("_", "-").partition("-")[0],
        "event": _text(info, "event"),
        "urgency": _word(_text(info, "urgency")),
        "severity": _SEVERITIES.get(_text(info, "severity").lower(), Severity.UNKNOWN),
        "certainty": _word(_text(info, "certainty")),
        **{name: value or None for name, value in said.items()},
        "sender_name": _text(info, "senderName")[:200],
        "headline": _text(info, "headline"),
        "description": _text(info, "description"),
        "instruction": _text(info, "instruction"),
        "area": ", ".join(filter(None, (_text(area, "areaDesc") for area in areas))),
        "all_clear": _text(info, "responseType") == "AllClear",
        "polygons": polygons,
        "circles": [_circle(_whole(each)) for area in areas for each in _all(area, "circle")],
    }


def _word(text: str) -> str:
    """One of CAP's words; a word that it has not is no reason to lose a warning."""
    return text if text.isalpha() and len(text) <= 10 else "Unknown"


def _polygon(text: str) -> list[tuple[float, float]]:
    """'lat,lon' pairs with white space between them; exchanged pairs are turned. Raises Unreadable."""
    corners = [_pair(each, text) for each in text.split()]
    if any(abs(lat) > 90 for lat, _ in corners):
        corners = [(lon, lat) for lat, lon in corners]
    if len(set(corners)) < 3 or not all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in corners):
        raise Unreadable(reason("warning.polygon", polygon=text[:_SHOWN]))
    return corners


def _circle(text: str) -> dict[str, float]:
    """'lat,lon radius'. Raises Unreadable."""
    place, _, radius = text.partition(" ")
    if not _RADIUS.fullmatch(radius.strip()):
        raise Unreadable(reason("warning.circle", circle=text[:_SHOWN]))
    lat, lon = _pair(place, text)
    if abs(lat) > 90:
        lat, lon = lon, lat
    return {"lat": lat, "lon": lon, "radius_km": float(radius)}


def _pair(text: str, whole: str) -> tuple[float, float]:
    lat, comma, lon = text.partition(",")
    if not (comma and _NUMBER.fullmatch(lat) and _NUMBER.fullmatch(lon)):
        raise Unreadable(reason("warning.polygon", polygon=whole[:_SHOWN]))
    return float(lat), float(lon)


def _all(element: Element, name: str) -> Iterator[Element]:
    """Children of this name that belong to CAP."""
    return (child for child in element if _name(child) == name)


def _text(element: Element, name: str) -> str:
    """The text of the first such child, in one line where it is not prose; empty when there is none."""
    found = next(_all(element, name), None)
    return "" if found is None else _whole(found)


def _whole(element: Element) -> str:
    """Lines stay lines; other white space is one space."""
    lines = _CONTROL.sub("", "".join(element.itertext())).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _name(element: Element) -> str:
    """Without the namespace; empty of what does not belong to CAP."""
    return _local(element) if NAMESPACE.fullmatch(_space(element)) else ""


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _space(element: Element) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{")
