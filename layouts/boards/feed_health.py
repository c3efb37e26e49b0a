"""The state of each source, those in trouble first; and DEMO for invented data."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from data.domain.figures.boards import FeedHealth, SourceHealth
from layouts.kit import tags
from layouts.kit.parts import mark, since
from layouts.kit.tags import Tag
from layouts.kit.text_width import packed, shortened, text_width
from layouts.kit.viewport import DrawContext, Viewport

MARKS = {"ok": "run", "late": "risk", "silent": "risk", "failing": "overdue", "never": "none"}
"""The mark of a source's state; sources that are off are not shown."""
TROUBLE = frozenset({"late", "silent", "failing"})
GAP_EM, SOURCE_EM = 0.9, 1.9
"""Between two sources; mark and gaps of one besides its text. The style sheet has the same."""


class Id(StrEnum):
    """The board's regions."""

    DEMO = "feed_health--demo"
    SOURCES = "feed_health--sources"


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Empty elements."""
    return [html.Div(id=Id.DEMO, className="demo"), html.Div(id=Id.SOURCES, className="sources")]


def rows(viewport: Viewport) -> int:
    """All sources are asked for: those in trouble come first, the others are counted."""
    return 50


def draw(
    answer: FeedHealth, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id: the badge DEMO; the sources that fit, and the number of the others."""
    demo = answer.demo or context.demo
    return {
        Id.DEMO: tags.Div(viewport.words("feed.demo")) if demo else tags.Div(hidden=True),
        Id.SOURCES: tags.Div(_source_tags(answer, viewport, now), className="source-list"),
    }


def _source_tags(answer: FeedHealth, viewport: Viewport, now: datetime) -> list[Tag]:
    words = viewport.words
    sources = [source for source in answer.sources if source.state in MARKS]
    if not sources:
        return [tags.Span(words("feed.none"), className="source")]
    notes = [_note(words("feed.rejected", n=answer.rejected))] if answer.rejected else []
    shown = _fitting(sources, viewport, now, notes)
    if not shown:
        return [_narrow(sources[0], viewport), *_hidden(sources[1:], viewport)]
    return [_source(source, viewport) for source in shown] + _hidden(sources[len(shown) :], viewport) + notes


def _narrow(source: SourceHealth, viewport: Viewport) -> Tag:
    """For very little space: the name of the first source, shortened."""
    px = viewport.sizes.small
    name = shortened(source.title, px, viewport.slot.width - px * 1.2)
    return tags.Span([mark(MARKS[source.state]), name], className="source", **_data_attributes(source))


def _hidden(sources: list[SourceHealth], viewport: Viewport) -> list[Tag]:
    """The number of sources that do not fit; if some are in trouble, the number of these."""
    trouble = [MARKS[source.state] for source in sources if source.state in TROUBLE]
    if trouble:
        worst = "overdue" if "overdue" in trouble else trouble[0]
        return [_note(viewport.words("feed.trouble", n=len(trouble)), worst)]
    return [_note(viewport.words("feed.more", n=len(sources)))] if sources else []


def _note(text: str, state: str = "none") -> Tag:
    return tags.Span(text, className="source", **{"data-state": state})


def _lines(viewport: Viewport) -> int:
    return max(1, int(viewport.slot.height // (viewport.sizes.small * 1.25)))


def _fitting(sources: list[SourceHealth], viewport: Viewport, now: datetime, notes: list[Tag]) -> list[SourceHealth]:
    """The first sources that fit on the footer's lines together with the notes behind them; maybe none."""
    px, room = viewport.sizes.small, viewport.slot.width + GAP_EM * viewport.sizes.small
    widths = [text_width(_measured_text(source, viewport, now), px, 600) + SOURCE_EM * px for source in sources]
    for count in range(len(sources), 0, -1):
        behind = [*_hidden(sources[count:], viewport), *notes]
        needed = widths[:count] + [text_width(note.children, px, 600) + GAP_EM * px for note in behind]
        if max(needed) <= room and packed(needed, room, _lines(viewport))[0] == len(needed):
            return sources[:count]
    return []


def _measured_text(source: SourceHealth, viewport: Viewport, now: datetime) -> str:
    """The text as it will look, to measure its width."""
    age = ""
    if (at := _since(source)) is not None:
        age = "".join(viewport.words.duration_parts((now - at).total_seconds()))
    return " ".join(part for part in (source.title, _word(source, viewport), age.strip()) if part)


def _word(source: SourceHealth, viewport: Viewport) -> str:
    """The word for a state; empty when the age is enough."""
    if source.state == "never" or source.last_success is None:
        return viewport.words("feed.never")
    return viewport.words(f"feed.{source.state}") if source.state in {"failing", "silent"} else ""


def _since(source: SourceHealth) -> datetime | None:
    """Of a silent source: since when it is silent; of any other its last success."""
    return source.silent_since or source.last_success


def _source(source: SourceHealth, viewport: Viewport) -> Tag:
    word = _word(source, viewport)
    parts: list[Tag | str] = [mark(MARKS[source.state]), source.title]
    if word:
        parts.append(tags.Span(word, className="word"))
    if (at := _since(source)) is not None:
        parts.append(since(at))
    return tags.Span(parts, className="source", **_data_attributes(source))


def _data_attributes(source: SourceHealth) -> dict[str, str]:
    return {"data-state": MARKS[source.state], "data-source": source.name}
