"""/sumber: the state of each source and its last days, those in trouble first. /sumber/NAME: one source by the hour."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.config.sections.citizens import MessageSettings
from dashboard.web.deps import WebDeps
from data.domain.figures.boards import SourceHealth
from data.domain.sources.days import Day, Hour, days_of
from data.store.citizens import outbox
from data.store.citizens.outbox import OutboxState
from data.store.db.engine import Connection, reading, writing
from data.store.escalation import notices
from data.store.intake import hours
from data.store.intake.rhythms import SourceRhythm
from data.store.intake.sources import SourceState, states
from data.store.market import messages as party_messages
from data.store.queries import feed_health
from data.store.queries.feed_health import SourceInfo

DAYS = 14
DAYS_BY_HOUR = 7
FAILED_HOURS = 12
LEVELS = 10
DEAD_SHOWN = 20
MARKS = {"ok": "run", "late": "risk", "silent": "risk", "failing": "overdue", "never": "none", "off": "none"}
"""The mark of a source's state, as on the walls."""
TROUBLE = frozenset({"late", "silent", "failing"})
CURSOR_MOST = 600
RELATED = (("sources.upload", "unggah"), ("sources.template", "templat"))
"""(text, last part of the URL) of links; shown when the page exists."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True, slots=True)
class SourceCard:
    """What the pages show of a source."""

    name: str
    title: str
    kind: str
    every_s: float
    """Seconds between two fetches; 0 for sources that send to us."""
    health: SourceHealth
    state: SourceState
    info: SourceInfo
    days: Sequence[Day]
    known: SourceRhythm | None
    """Its rhythm, when this process has computed it."""

    @property
    def mark(self) -> str:
        """Of its state."""
        return MARKS[self.health.state]

    @property
    def today(self) -> Day:
        """What it brought today."""
        return self.days[-1]

    @property
    def busiest(self) -> int:
        """Records on its busiest day of those shown."""
        return max(_records(day) for day in self.days)

    def level(self, day: Day) -> int:
        """The height of a day's bar, 0 to LEVELS; roots, so that small days are visible beside an import."""
        return level(_records(day), self.busiest)

    @property
    def cursor_at(self) -> datetime | None:
        """The latest time in the cursor: everything before it is stored."""
        found = [datetime.fromisoformat(each) for each in _MOMENT.findall(self.state.cursor or "")]
        return max(found, default=None)


def _records(day: Day) -> int:
    return day.delivered + day.updated


def level(count: int, most: int) -> int:
    """0 for nothing, 1 to LEVELS by the root of the share."""
    return math.ceil(LEVELS * math.sqrt(count / most)) if count and most else 0


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register both pages, and sending messages again that were given up."""

    @web.get("/sumber")
    def sources() -> str:
        with reading(deps.engine) as conn:
            cards = cards_of(conn, deps, g.now)
            messages = messages_of(conn, g.now)
        live = "web/sources_live.html" if "X-Fragment" in request.headers else "web/sources.html"
        trouble = sum(card.health.state in TROUBLE for card in cards)
        has_channel = deps.config.messages != MessageSettings()
        return render_template(live, cards=cards, trouble=trouble, messages=messages, has_channel=has_channel)

    @web.post("/sumber/pesan")
    def outbox_again() -> Response:
        with writing(deps.engine) as conn:
            outbox.revive(conn, g.now)
            notices.revive(conn, g.now)
            party_messages.revive(conn, g.now)
        return redirect(url_for("web.sources"), 303)

    @web.get("/sumber/<name>")
    def sources_one(name: str) -> str:
        with reading(deps.engine) as conn:
            card = card_of(conn, deps, name, g.now)
        if card is None:
            abort(404)
        zone = ZoneInfo(deps.config.city.timezone)
        live = "web/source_live.html" if "X-Fragment" in request.headers else "web/source.html"
        most = max((judged.row.heard for day in card.days for judged in day.hours.values()), default=0)
        return render_template(
            live,
            card=card,
            related=_related(name) if name in deps.uploads.sources else [],
            usual=_usual(card, g.now, zone),
            failed=_failed(card.days),
            level=lambda count: level(count, most),
            week=card.days[-DAYS_BY_HOUR:],
        )


def messages_of(conn: Connection, now: datetime) -> OutboxState:
    """Those to citizens, those to farmers and buyers, and those about escalations, together."""
    day_ago = now - timedelta(days=1)
    one, other = outbox.state(conn, day_ago, DEAD_SHOWN), party_messages.state(conn, day_ago, DEAD_SHOWN)
    letters = sorted(
        [*one.dead, *other.dead, *notices.dead(conn, DEAD_SHOWN)], key=lambda letter: letter.dead_at, reverse=True
    )
    oldest = min((at for at in (one.oldest, other.oldest) if at is not None), default=None)
    failing = one.failing or other.failing
    return OutboxState(one.waiting + other.waiting, oldest, failing, one.sent + other.sent, letters[:DEAD_SHOWN])


def cards_of(conn: Connection, deps: WebDeps, now: datetime) -> list[SourceCard]:
    """Every configured source, those in trouble first."""
    infos, rhythms = deps.config.source_infos, deps.context.query.rhythms
    health = feed_health.ask(conn, infos, now, len(infos), rhythms)
    known, past = states(conn), hours.of_all(conn, [info.name for info in infos], _first(now))
    builder = CardBuilder(deps, {info.name: info for info in infos}, now)
    return [
        builder.card(each, known.get(each.name), past[each.name], rhythms.cached(each.name)) for each in health.sources
    ]


def card_of(conn: Connection, deps: WebDeps, name: str, now: datetime) -> SourceCard | None:
    """One source with its rhythm; None when it is not configured."""
    info = next((each for each in deps.config.source_infos if each.name == name), None)
    if info is None:
        return None
    known = deps.context.query.rhythms.known(conn, name, now)
    [health] = feed_health.ask(conn, [info], now, 1, deps.context.query.rhythms).sources
    rows = hours.of(conn, name, _first(now))
    return CardBuilder(deps, {name: info}, now).card(health, states(conn).get(name), rows, known)


@dataclass(frozen=True, slots=True)
class CardBuilder:
    """Builds cards."""

    deps: WebDeps
    infos: Mapping[str, SourceInfo]
    now: datetime

    def card(
        self, health: SourceHealth, state: SourceState | None, rows: Sequence[Hour], known: SourceRhythm | None
    ) -> SourceCard:
        """One source."""
        info, config = self.infos[health.name], self.deps.config
        settings = config.sources.get(health.name)
        rhythm = known.rhythm if known is not None else None
        expected_s = info.expected_s if info.enabled else math.inf
        days = days_of(rows, self.now, ZoneInfo(config.city.timezone), DAYS, rhythm=rhythm, expected_s=expected_s)
        return SourceCard(
            name=health.name,
            title=getattr(settings.title, g.lang) if settings else info.title,
            kind=settings.kind if settings else health.name,
            every_s=settings.every_s if settings else 0.0,
            health=health,
            state=state or SourceState(health.name),
            info=info,
            days=days,
            known=known,
        )


def _first(now: datetime) -> datetime:
    return now - timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is expected of a source by its own rhythm."""

    today: float
    """Records on a day like today."""
    this_hour: float
    by_hour: Sequence[float]
    due: datetime | None
    """The next record is expected before; None: at any time."""


def _usual(card: SourceCard, now: datetime, zone: ZoneInfo) -> Usual | None:
    known = card.known
    if known is None or known.rhythm is None:
        return None
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    means = [known.rhythm.mean(midnight + timedelta(hours=n)) for n in range(24)]
    last = card.health.last_record
    due = known.due(last, card.info.expected_s) if last is not None else None
    return Usual(sum(means), known.rhythm.mean(now), means, due)


def _failed(days: Sequence[Day]) -> list[Hour]:
    """The last hours in which polling failed, newest first."""
    every = (each.row for day in reversed(days) for _, each in sorted(day.hours.items(), reverse=True))
    return [row for row in every if row.failures][:FAILED_HOURS]


def _related(name: str) -> list[tuple[str, str]]:
    """Links to other pages about the source: (text, URL)."""
    routes = current_app.url_map.bind("")
    found = [(text, f"/sumber/{quote(name, safe='')}/{last}") for text, last in RELATED]
    return [(text, address) for text, address in found if routes.test(address, "GET")]
