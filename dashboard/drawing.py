"""From an answer to a message: every region drawn once, hashed, ready for all screens that look alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from layouts.markup import to_html


@dataclass(frozen=True, slots=True)
class Variant:
    """Screens that look alike: one room, one drawing."""

    screen: str
    lang: str
    portrait: bool

    @property
    def room(self) -> str:
        """The socket room's name."""
        return f"{self.screen}/{self.lang}/{'portrait' if self.portrait else 'landscape'}"


@dataclass(frozen=True, slots=True)
class Message:
    """A whole board, as drawn."""

    board: str
    seq: int
    as_of: datetime
    regions: Mapping[str, Mapping[str, Any]]
    """By region id: {hash, html} or {hash, props}."""
    hash: str
    """Of all regions."""

    def payload(self) -> dict[str, Any]:
        """As it travels."""
        return {"board": self.board, "seq": self.seq, "as_of": self.as_of.timestamp(), "regions": self.regions}


def message(board: str, drawn: Mapping[str, Any], seq: int, as_of: datetime) -> Message:
    """The message of a drawing: components become escaped HTML, mappings stay props."""
    regions = {str(region): _region(part) for region, part in drawn.items()}
    return Message(board, seq, as_of, regions, _hash(part["hash"] for part in regions.values()))


def _region(part: Any) -> dict[str, Any]:
    if isinstance(part, Mapping):
        props = json.dumps(part, separators=(",", ":"), sort_keys=True)
        return {"hash": _hash([props]), "props": part}
    html = to_html(part)
    return {"hash": _hash([html]), "html": html}


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode())
    return digest.hexdigest()
