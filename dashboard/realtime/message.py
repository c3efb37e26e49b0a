"""The message of a board: each region hashed and encoded once for all screens of a variant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.realtime.encoding import EncodedJson, text_of
from layouts.kit.markup import to_html


@dataclass(frozen=True, slots=True)
class Variant:
    """Screens that show the same: one socket room, one drawing."""

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
    as_of: datetime
    hash: str
    """Of all regions."""
    json: EncodedJson
    """{board, seq, as_of, regions: {id: {hash, html} or {hash, props}}}."""


def build_message(board: str, drawn: Mapping[str, Any], seq: int, as_of: datetime) -> Message:
    """The message of a drawing: components become escaped HTML, mappings stay props."""
    hashes, regions = [], []
    for region, part in drawn.items():
        name, body = ("props", part) if isinstance(part, Mapping) else ("html", to_html(part))
        text = text_of(body)
        hashes.append(_hash([text]))
        regions.append(f'{text_of(str(region))}:{{"hash":"{hashes[-1]}","{name}":{text}}}')
    message = f'{{"board":"{board}","seq":{seq},"as_of":{as_of.timestamp()},"regions":{{{",".join(regions)}}}}}'
    return Message(board, as_of, _hash(hashes), EncodedJson(message))


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode())
    return digest.hexdigest()
