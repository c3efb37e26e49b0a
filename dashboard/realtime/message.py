"""The message of a board: each region hashed and encoded once for all screens of a variant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dashboard.realtime.encoding import EncodedJson, text_of
from dashboard.realtime.render_context import RenderContext
from data.domain.access.roles import WALL, Audience
from layouts.kit.markup import to_html
from layouts.kit.viewport import Viewport


class Variant(Protocol):
    """Sockets that are shown the same: one room, one drawing."""

    @property
    def room(self) -> str:
        """The socket room's name."""

    @property
    def lang(self) -> str:
        """'id' or 'en'."""

    @property
    def audience(self) -> Audience:
        """Whom the drawing is for."""

    def viewports(self, context: RenderContext) -> dict[str, Viewport]:
        """The viewport of each board."""


@dataclass(frozen=True, slots=True)
class WallVariant:
    """Screens with the same wall."""

    screen: str
    lang: str
    portrait: bool

    @property
    def room(self) -> str:
        """The socket room's name."""
        return f"{self.screen}/{self.lang}/{'portrait' if self.portrait else 'landscape'}"

    @property
    def audience(self) -> Audience:
        """Private cases are masked."""
        return WALL

    def viewports(self, context: RenderContext) -> dict[str, Viewport]:
        """The viewport of each board of the screen."""
        return context.viewports(self.screen, portrait=self.portrait, lang=self.lang)


@dataclass(frozen=True, slots=True)
class PageVariant:
    """Pages of persons who may see the same."""

    name: str
    """The room, as the page asks for it."""
    boards: tuple[str, ...]
    lang: str
    audience: Audience

    @property
    def room(self) -> str:
        """The socket room's name; no screen's."""
        agencies = "*" if self.audience.agencies is None else "+".join(sorted(self.audience.agencies))
        return f"page/{self.name}/{self.lang}/{agencies}/{'private' if self.audience.private else 'masked'}"

    def viewports(self, context: RenderContext) -> dict[str, Viewport]:
        """The same for every board: a page has the browser's width and type."""
        return dict.fromkeys(self.boards, context.page_viewport(self.lang))


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
