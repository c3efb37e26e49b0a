"""The smaller panels of market_board: ladder, unsold, wanted, what to do next, fair price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Single:
    """A line: a name and its quantity, the village when it fits, and at its end what counts."""

    name: str
    amount: str
    ending: str
    state: str
    village: str | None = None


@dataclass(frozen=True, slots=True)
class _Double:
    """A line with its figure at the end, and a small line below. With a state a mark stands before it.

    `figures` follow what it is, and are not cut."""

    what: str
    below: str
    ending: Sequence[object] = ()
    state: str = ""
    figures: str = ""


def ladder(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Farmer's share with its trend; below it the three prices."""
    room, px = shown.rooms[Id.LADDER], shown.viewport.sizes.row
    known = [row for row in answer.ladders if row.ladder.farmers_share is not None]
    rest = [row for row in answer.ladders if row.ladder.farmers_share is None]
    lines = [_ladder(row, shown) for row in [*known, *rest][: room.lines(px, TWO_EM)]]
    return _doubles(Id.LADDER, lines, shown) or [_none(Id.LADDER, "market.no_ladder", shown)]


def _ladder(row: LadderRow, shown: Panels) -> _Double:
    words, share = shown.viewport.words, row.ladder.farmers_share
    value = f"{words.share(float(share))}{words('unit.percent')}" if share is not None else UNKNOWN
    rungs = (row.ladder.producer, row.ladder.wholesale, row.ladder.consumer)
    prices = " → ".join(words.number(rung.price) if rung else UNKNOWN for rung in rungs)
    if row.ladder.refusal is not None:
        prices = f"{prices} · {words(f'market.refusal.{row.ladder.refusal.value}')}"
    return _Double(_name(row.commodity, shown), prices, [_trend(row, shown), tags.B(value)])


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
    return _singles(Id.UNSOLD, lines, shown) or [_none(Id.UNSOLD, "market.no_unsold", shown)]


def _unsold(each: Unsold, now: datetime, shown: Panels) -> _Single:
    left = each.spoils_at - now
    state = "overdue" if left.days < 1 else "risk" if left.days < 2 else "run"
    ending = "".join(shown.viewport.words.duration_parts(max(0.0, left.total_seconds())))
    amount = _quantity(each.commodity, each.left, shown)
    return _Single(_name(each.commodity, shown), amount, ending, state, each.village)


def wanted(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """What is lacking, and the highest bid."""
    room, px = shown.rooms[Id.WANTED], shown.viewport.sizes.row
    lines = [_wanted(each, shown) for each in answer.wanted[: room.lines(px)]]
    return _singles(Id.WANTED, lines, shown) or [_none(Id.WANTED, "market.no_wanted", shown)]


def _wanted(each: Wanted, shown: Panels) -> _Single:
    amount = _quantity(each.commodity, each.lacking, shown)
    return _Single(_name(each.commodity, shown), amount, shown.viewport.words.number(each.bid), "run")


def fair(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Buyers who go below the floor, and villages in which no buyer is known."""
    room, px = shown.rooms[Id.FAIR], shown.viewport.sizes.row
    lines = [_fair(each, shown) for each in answer.alarms[: room.lines(px, TWO_EM)]]
    return _doubles(Id.FAIR, lines, shown) or [_none(Id.FAIR, "market.no_alarm", shown)]


def _fair(alarm: Alarm, shown: Panels) -> _Double:
    """The lowest price against its floor; below it who paid it to how many, and where as far as it goes."""
    words, lowest = shown.viewport.words, alarm.evidence[0]
    price, floor = words.number(lowest.priced.price), words.number(lowest.floor.price)
    name, figures = _name(lowest.priced.commodity, shown), words("market.below", price=price, floor=floor)
    who = [alarm.buyer, words("market.farmers", n=alarm.farmers)] if alarm.buyer else []
    who = who or [words("market.offers_of", n=len(alarm.evidence))]
    below = " · ".join([*(str(each) for each in who), *alarm.villages[:2]])
    return _Double(name, below, state="overdue" if alarm.presses_many else "risk", figures=figures)


def following(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """What to do next: what it is, and below it the thing to do."""
    room, px = shown.rooms[Id.NEXT], shown.viewport.sizes.row
    lines = [_step(step, shown) for step in _one_of_each(answer.steps)[: room.lines(px, TWO_EM)]]
    return _doubles(Id.NEXT, lines, shown) or [_none(Id.NEXT, "market.nothing_next", shown)]


def _one_of_each(steps: Sequence[NextStep]) -> list[NextStep]:
    """First every pressing buyer and the first of each other kind, so that one kind does not fill the panel."""
    first: dict[object, NextStep] = {}
    for place, step in enumerate(steps):
        first.setdefault(place if step.step is Step.PRESSING else step.step, step)
    return [*first.values(), *(step for step in steps if step not in first.values())]


def _step(step: NextStep, shown: Panels) -> _Double:
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
    return _Double(what, action, state=state)


def _name(code: str, shown: Panels) -> str:
    return commodity_name(shown.context.city, code, shown.viewport.lang)


def _quantity(code: str, parts: int, shown: Panels) -> str:
    return quantity(parts, unit_of(shown.context.city, code), shown.viewport.words)


def _none(panel: Id, key: str, shown: Panels) -> Tag:
    text = shown.viewport.words(key)
    return tags.Div(shortened(text, shown.viewport.sizes.small, shown.rooms[panel].width, 500), className="none")


def _singles(panel: Id, lines: Sequence[_Single], shown: Panels) -> list[Tag]:
    """All in smaller type before a name or a quantity is cut."""
    sizes = shown.viewport.sizes
    rooms = [shown.rooms[panel].width - text_width(each.ending, sizes.row, 600) * SURE - SIDE_GAP for each in lines]
    px = _size_of([(f"{each.name} {each.amount}", room) for each, room in zip(lines, rooms, strict=True)], shown)
    return [_single(each, room, px, shown) for each, room in zip(lines, rooms, strict=True)]


def _single(line: _Single, room: float, px: float, shown: Panels) -> Tag:
    text = f"{shortened(line.name, px, room - text_width(f' {line.amount}', px, 600) * SURE)} {line.amount}"
    if line.village and fits(f"{text} · {line.village}", px, room):
        text = f"{text} · {line.village}"
    return tags.Div([_said(text, px, shown), tags.B(line.ending)], className="single", **{"data-state": line.state})


def _doubles(panel: Id, lines: Sequence[_Double], shown: Panels) -> list[Tag]:
    """All in smaller type before one is cut."""
    whole = shown.rooms[panel].width
    rooms = [whole - (shown.viewport.sizes.row * MARK_EM if each.state else 0) for each in lines]
    firsts = [room - _ended(each, shown) for each, room in zip(lines, rooms, strict=True)]
    px = _size_of(
        [(f"{each.what} {each.figures}".strip(), room) for each, room in zip(lines, firsts, strict=True)], shown
    )
    return [_double(*each, px, shown) for each in zip(lines, rooms, firsts, strict=True)]


def _double(line: _Double, room: float, first: float, px: float, shown: Panels) -> Tag:
    figures = f" {line.figures}" if line.figures else ""
    said = _said(shortened(line.what, px, first - text_width(figures, px, 600) * SURE) + figures, px, shown)
    title = tags.Div([said, tags.Span(list(line.ending))], className="first")
    small = tags.Div(shortened(line.below, shown.viewport.sizes.small, room, 500), className="below")
    sign, look = ([mark()], {"data-state": line.state}) if line.state else ([], {})
    return tags.Div([*sign, tags.Div([title, small])], className="double", **look)


def _ended(line: _Double, shown: Panels) -> float:
    px = shown.viewport.sizes.row
    return sum(text_width(_text(each), px, 600) * SURE + SIDE_GAP for each in line.ending if each is not None)


def _size_of(texts: Sequence[tuple[str, float]], shown: Panels) -> float:
    """The type of a panel's lines: that of rows while all fit."""
    sizes = shown.viewport.sizes
    return sizes.row if all(fits(text, sizes.row, room) for text, room in texts) else sizes.small


def _said(text: str, px: float, shown: Panels) -> Tag:
    return tags.Span(text, className=None if px == shown.viewport.sizes.row else "tight")


def _text(part: object) -> str:
    """The letters of a drawing."""
    if isinstance(part, Tag):
        return _text(part.children)
    if isinstance(part, list | tuple):
        return "".join(_text(each) for each in part)
    return str(part or "  ")
