"""A list of cases for people at work, as HTML with words: it is whole without a script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from data.domain.city.model import TRIAGE, Priority
from data.domain.desk.lists import DeskList, DeskRow
from layouts.kit import tags
from layouts.kit.parts import category_name, state_of
from layouts.kit.tags import Tag
from layouts.kit.viewport import DrawContext, Viewport

DESK_ROWS, QUEUE_ROWS = 60, 100


class Id(StrEnum):
    """The regions of the desk's inbox, and of a responder's queue."""

    INBOX = "desk_inbox--list"
    INBOX_COUNTS = "desk_inbox--counts"
    INBOX_CHANGED = "desk_inbox--changed"
    QUEUE = "respond_queue--list"
    QUEUE_COUNTS = "respond_queue--counts"
    QUEUE_CHANGED = "respond_queue--changed"


def draw_inbox(answer: DeskList, viewport: Viewport, now: datetime, context: DrawContext) -> dict[str, Tag]:
    """The new cases."""
    counts = _counts(answer, "desk.inbox.count", "/meja", viewport)
    rows = [_row(row, "/meja", viewport, now, context) for row in answer.rows]
    more = answer.total - answer.behind - len(answer.rows)
    return {
        Id.INBOX: _list(rows, more, "desk.inbox.none", viewport),
        Id.INBOX_COUNTS: counts,
        Id.INBOX_CHANGED: _changed(answer),
    }


def draw_queue(answer: DeskList, viewport: Viewport, now: datetime, context: DrawContext) -> dict[str, Tag]:
    """The cases of the reader's agencies."""
    rows = [_row(row, "/respon", viewport, now, context) for row in answer.rows]
    more = answer.total - len(answer.rows)
    return {
        Id.QUEUE: _list(rows, more, "desk.queue.none", viewport),
        Id.QUEUE_COUNTS: _counts(answer, "desk.queue.count", "/respon", viewport),
        Id.QUEUE_CHANGED: _changed(answer),
    }


def _list(rows: Sequence[Tag], more: int, none: str, viewport: Viewport) -> Tag:
    if not rows:
        return tags.Div(viewport.words(none), className="empty muted")
    rest = [Tag("li", viewport.words("desk.more", n=more), className="more muted")] if more > 0 else []
    return Tag("ol", [*rows, *rest], className="cases")


def _counts(answer: DeskList, first: str, base: str, viewport: Viewport) -> Tag:
    """How many there are, how many are late, how many wait: as words."""
    parts = [tags.B(viewport.words(first, n=answer.total))]
    whole_city = base == "/meja"
    if answer.overdue:
        late = viewport.words("desk.inbox.overdue" if whole_city else "desk.overdue", n=answer.overdue)
        inner, look = [tags.Icon(className="mark"), late], {"className": "state", "data-state": "overdue"}
        parts.append(
            tags.A(inner, href=f"{base}/cari?keadaan=overdue", **look) if whole_city else tags.Span(inner, **look)
        )
    if answer.waiting:
        waits = viewport.words("desk.waiting", n=answer.waiting)
        link = {"href": f"{base}/cari?keadaan=waiting"}
        parts.append(tags.A(waits, className="muted", **link) if whole_city else tags.Span(waits, className="muted"))
    if answer.escalated:
        raised = viewport.words("escalation.count", n=answer.escalated)
        inner, look = [tags.Icon(className="mark"), raised], {"className": "state", "data-state": "risk"}
        parts.append(tags.A(inner, href=f"{base}/eskalasi", **look))
    return tags.Div(parts, className="counts")


def _changed(answer: DeskList) -> Tag:
    """For the script: which cases changed, and to which version."""
    return Tag("ul", [Tag("li", **{"data-case": one.code, "data-version": one.version}) for one in answer.changed])


def _row(row: DeskRow, base: str, viewport: Viewport, now: datetime, context: DrawContext) -> Tag:
    it, city = row.case, context.city
    name = category_name(city, it.category, viewport.lang)
    title = row.title or (viewport.words("case.private") if it.private else name)
    where = " · ".join(part for part in (name if row.title else None, it.village) if part)
    state = "risk" if row.asks_reopening else state_of(it, now)
    is_critical = row.priority is Priority.CRITICAL
    agency = viewport.words("queue.triage") if it.agency == TRIAGE else city.agency_short(it.agency)
    said = viewport.words("desk.asks_reopening") if row.asks_reopening else left(row, viewport)
    line = [
        tags.Span([tags.Icon(className="mark"), said], className="state", **{"data-state": state}),
        tags.Span(viewport.words("desk.ago", ago=length(now, it.received, viewport)), className="ago muted"),
    ]
    head = [tags.B(title)]
    if is_critical and not row.asks_reopening:
        head.append(tags.Em(viewport.words("desk.priority.critical")))
    if row.escalated is not None:
        head.append(tags.Em(viewport.words("escalation.raised", to=viewport.words(f"escalation.to.{row.escalated}"))))
    if it.folded and not it.proposed:
        head.append(tags.Em(viewport.words("case.folded", n=it.folded + 1)))
    group = viewport.words("case.proposed", n=it.proposed) if it.proposed else None
    inner = [
        tags.Span(head, className="title"),
        tags.Span(group, className="where maybe") if group else None,
        tags.Span(where, className="where muted"),
        tags.Span(line, className="line"),
        tags.Span([it.code, " · ", agency, " · ", viewport.words(f"case.{it.state}")], className="code muted"),
    ]
    return Tag(
        "li",
        Tag("a", inner, href=f"{base}/{it.code}"),
        **{"data-code": it.code, "data-critical": (is_critical and not row.asks_reopening) or None},
    )


def left(row: DeskRow, viewport: Viewport) -> str:
    """How much working time the citizen's clock has left, in words."""
    clock = row.case.citizen or row.case.hold
    if clock is None:
        return viewport.words("desk.no_clock")
    if clock.paused:
        return viewport.words("desk.paused")
    spent = viewport.words.working_time(abs(clock.left_s))
    return viewport.words("desk.late" if clock.left_s < 0 else "desk.left", time=spent)


def length(now: datetime, at: datetime, viewport: Viewport) -> str:
    """How long ago."""
    return "".join(viewport.words.duration_parts(max(0.0, (now - at).total_seconds()) // 60 * 60))
