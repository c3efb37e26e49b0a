"""The smaller panels of market_board: ladder, unsold, wanted, what to do next, fair price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from data.domain.market.board import URGENT, LadderRow, MarketBoard, NextStep, Step, Unsold, Wanted
from data.domain.market.floor import Alarm
from layouts.boards.market_board.amounts import commodity_name, quantity, unit_of
from layouts.boards.market_board.plan import Id, Panels
from layouts.kit import tags
from layouts.kit.parts import mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, shortened, text_width
from layouts.kit.words import UNKNOWN

TWO_EM = 2.32
"""Height of a row with a second, small line, in em of the row's type."""
SIDE_GAP = 14
"""Between the two ends of a line, px; the style sheet has the same."""
TREND_LEAST = 0.01
"""A smaller change of the share is none."""
MARK_EM = 1.1
"""A mark and its gap, in em."""


def ladder(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Farmer's share with its trend; below it the three prices."""
    room, px = shown.rooms[Id.LADDER], shown.viewport.sizes.row
    known = [row for row in answer.ladders if row.ladder.farmers_share is not None]
    rest = [row for row in answer.ladders if row.ladder.farmers_share is None]
    lines = [_ladder(row, shown) for row in [*known, *rest][: room.lines(px, TWO_EM)]]
    return lines or [_none(Id.LADDER, "market.no_ladder", shown)]


def _ladder(row: LadderRow, shown: Panels) -> Tag:
    words, share = shown.viewport.words, row.ladder.farmers_share
    value = f"{words.share(float(share))}{words('unit.percent')}" if share is not None else UNKNOWN
    rungs = (row.ladder.producer, row.ladder.wholesale, row.ladder.consumer)
    prices = " → ".join(words.number(rung.price) if rung else UNKNOWN for rung in rungs)
    if row.ladder.refusal is not None:
        prices = f"{prices} · {words(f'market.refusal.{row.ladder.refusal.value}')}"
    end: list[object] = [_trend(row, shown), tags.B(value)]
    return _double(Id.LADDER, (_name(row.commodity, shown), prices), end, shown)


def _trend(row: LadderRow, shown: Panels) -> Tag | None:
    if row.trend is None or abs(row.trend) < TREND_LEAST:
        return None
    worse = row.trend < 0
    points = shown.viewport.words.number(abs(row.trend) * 100)
    way = tags.Icon(className="way down" if worse else "way")
    return tags.Span([way, points], className="trend worse" if worse else "trend")


def unsold(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """What spoils first; the time left is coloured when it is short."""
    room, px = shown.rooms[Id.UNSOLD], shown.viewport.sizes.row
    lines = [_unsold(each, answer.as_of, shown) for each in answer.unsold[: room.lines(px)]]
    return lines or [_none(Id.UNSOLD, "market.no_unsold", shown)]


def _unsold(each: Unsold, now: datetime, shown: Panels) -> Tag:
    what = (_name(each.commodity, shown), _quantity(each.commodity, each.left, shown))
    left = each.spoils_at - now
    state = "overdue" if left.days < 1 else "risk" if left.days < 2 else "run"
    ending = "".join(shown.viewport.words.duration_parts(max(0.0, left.total_seconds())))
    return _single(Id.UNSOLD, (what, each.village), ending, shown, state)


def wanted(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """What is lacking, and the highest bid."""
    room, px = shown.rooms[Id.WANTED], shown.viewport.sizes.row
    lines = [_wanted(each, shown) for each in answer.wanted[: room.lines(px)]]
    return lines or [_none(Id.WANTED, "market.no_wanted", shown)]


def _wanted(each: Wanted, shown: Panels) -> Tag:
    what = (_name(each.commodity, shown), _quantity(each.commodity, each.lacking, shown))
    bid = shown.viewport.words.number(each.bid)
    return _single(Id.WANTED, (what, None), bid, shown, "run")


def fair(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Buyers who go below the floor, and villages in which no buyer is known."""
    room, px = shown.rooms[Id.FAIR], shown.viewport.sizes.row
    lines = [_fair(each, shown) for each in answer.alarms[: room.lines(px, TWO_EM)]]
    return lines or [_none(Id.FAIR, "market.no_alarm", shown)]


def _fair(alarm: Alarm, shown: Panels) -> Tag:
    """The lowest price against its floor; below it who paid it to how many, and where as far as it goes."""
    words, lowest = shown.viewport.words, alarm.evidence[0]
    price, floor = words.number(lowest.priced.price), words.number(lowest.floor.price)
    what = words("market.below", commodity=_name(lowest.priced.commodity, shown), price=price, floor=floor)
    who = [alarm.buyer, words("market.farmers", n=alarm.farmers)] if alarm.buyer else []
    who = who or [words("market.offers_of", n=len(alarm.evidence))]
    below = " · ".join([*(str(each) for each in who), *alarm.villages[:2]])
    return _double(Id.FAIR, (what, below), [], shown, "overdue" if alarm.presses_many else "risk")


def following(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """What to do next: what it is, and below it the thing to do."""
    room, px = shown.rooms[Id.NEXT], shown.viewport.sizes.row
    lines = [_step(step, shown) for step in _one_of_each(answer.steps)[: room.lines(px, TWO_EM)]]
    return lines or [_none(Id.NEXT, "market.nothing_next", shown)]


def _one_of_each(steps: Sequence[NextStep]) -> list[NextStep]:
    """First every pressing buyer and the first of each other kind, so that one kind does not fill the panel."""
    first: dict[object, NextStep] = {}
    for place, step in enumerate(steps):
        first.setdefault(place if step.step is Step.PRESSING else step.step, step)
    return [*first.values(), *(step for step in steps if step not in first.values())]


def _step(step: NextStep, shown: Panels) -> Tag:
    words = shown.viewport.words
    values: dict[str, object] = {
        "n": step.n,
        "buyer": step.buyer or "",
        "village": step.village or words("market.several_villages"),
        "commodity": _name(step.commodity, shown) if step.commodity else "",
        "quantity": _quantity(step.commodity, step.quantity, shown) if step.commodity else "",
    }
    what = words(f"market.step.{step.step.value}", **values)
    action = words(f"market.action.{step.step.value}", **values)
    state = "overdue" if step.step is Step.PRESSING else "risk" if step.step in URGENT else "run"
    return _double(Id.NEXT, (what, action), [], shown, state)


def _name(code: str, shown: Panels) -> str:
    return commodity_name(shown.context.city, code, shown.viewport.lang)


def _quantity(code: str, parts: int, shown: Panels) -> str:
    return quantity(parts, unit_of(shown.context.city, code), shown.viewport.words)


def _none(panel: Id, key: str, shown: Panels) -> Tag:
    text = shown.viewport.words(key)
    return tags.Div(shortened(text, shown.viewport.sizes.small, shown.rooms[panel].width, 500), className="none")


def _single(panel: Id, told: tuple[tuple[str, str], str | None], ending: str, shown: Panels, state: str) -> Tag:
    """One line: a name, cut where it must be, and its quantity; the village when it fits; at its end what counts."""
    ((name, amount), village), px = told, shown.viewport.sizes.row
    room = shown.rooms[panel].width - text_width(ending, px, 600) * SURE - SIDE_GAP
    text = f"{shortened(name, px, room - text_width(f' {amount}', px, 600) * SURE)} {amount}"
    if village and fits(f"{text} · {village}", px, room):
        text = f"{text} · {village}"
    return tags.Div([tags.Span(text), tags.B(ending)], className="single", **{"data-state": state})


def _double(panel: Id, told: tuple[str, str], ending: Sequence[object], shown: Panels, state: str = "") -> Tag:
    """Two lines: what it is and its figure; a small one below. With a state a mark stands before it."""
    (what, below), sizes = told, shown.viewport.sizes
    room = shown.rooms[panel].width - (sizes.row * MARK_EM if state else 0)
    ended = sum(text_width(_text(each), sizes.row, 600) * SURE + SIDE_GAP for each in ending if each is not None)
    title = tags.Div([tags.Span(shortened(what, sizes.row, room - ended)), tags.Span(list(ending))], className="first")
    small = tags.Div(shortened(below, sizes.small, room, 500), className="below")
    sign = [mark()] if state else []
    return tags.Div([*sign, tags.Div([title, small])], className="double", **({"data-state": state} if state else {}))


def _text(part: object) -> str:
    """The letters of a drawing."""
    if isinstance(part, Tag):
        return _text(part.children)
    if isinstance(part, list | tuple):
        return "".join(_text(each) for each in part)
    return str(part or "  ")
