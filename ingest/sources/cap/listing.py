"""What an answer is: one message, or an RSS or Atom list of the addresses of messages."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from data.domain.reasons import reason
from ingest.source import Unreadable
from ingest.sources.cap.message import root

LINKS_MOST = 500


class Link(NamedTuple):
    """An entry of a list."""

    url: str
    mark: str
    """When it was published, as the list says; another one: it is fetched again."""


def links_of(text: str, base: str) -> list[Link] | None:
    """The entries of a list, in its order; None: it is no list but a message. Raises Unreadable."""
    top = root(text)
    kind = _local(top)
    if kind == "alert":
        return None
    if kind not in ("rss", "feed", "RDF"):
        raise Unreadable(reason("warning.no_list", root=kind[:60]))
    entries = [each for each in top.iter() if _local(each) in ("item", "entry")]
    found = (_link(each, base) for each in entries[:LINKS_MOST])
    return list(dict.fromkeys(link for link in found if link is not None))


def _link(entry: Element, base: str) -> Link | None:
    """An Atom entry may have several links: that of CAP, else the first."""
    links = [child for child in entry if _local(child) == "link"]
    links.sort(key=lambda link: "cap" not in (link.get("type") or ""))
    mark = next((child.text or "" for child in entry if _local(child) in ("updated", "pubDate", "date")), "")
    for link in links:
        url = urljoin(base, (link.get("href") or link.text or "").strip())
        if urlsplit(url).scheme in ("http", "https"):
            return Link(url, mark.strip()[:100])
    return None


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
