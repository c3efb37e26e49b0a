"""The panel of the agenda: what takes place today and tomorrow, where, when, and how many people are expected."""

from __future__ import annotations

from data.domain.guide.board import CityBoard
from data.domain.guide.nouns import AgendaState, Occurrence
from layouts.boards.city_board.parts import Entry, Told, entry, heading, local, nothing, panel
from layouts.boards.city_board.plan import DOUBLE_EM, PAD_Y, TITLE_EM, Id, Panels
from layouts.kit.tags import Tag

_DOUBTS = {AgendaState.TENTATIVE: "city.agenda.tentative", AgendaState.CANCELLED: "city.agenda.cancelled"}


def agenda(answer: CityBoard, shown: Panels) -> Tag:
    """Today's rows first, but never so many that tomorrow is out of sight."""
    words = shown.viewport.words
    today, tomorrow = shares(len(answer.today.rows), len(answer.tomorrow.rows), shown)
    rows = [_row(each, answer, shown) for each in answer.today.rows[:today]]
    rows = rows or [nothing(Id.AGENDA, "city.nothing_today", shown)]
    if tomorrow:
        told = Told(words("city.tomorrow"), words("city.events", n=answer.tomorrow.total))
        rows += [
            heading(Id.AGENDA, told, shown),
            *(_row(each, answer, shown) for each in answer.tomorrow.rows[:tomorrow]),
        ]
    elif not answer.tomorrow.total:
        rows.append(nothing(Id.AGENDA, "city.nothing_tomorrow", shown))
    note = words("city.events", n=answer.today.total) if answer.today.total else ""
    return panel(Id.AGENDA, Told(words("city.title.agenda"), note), rows, shown)


def shares(today: int, tomorrow: int, shown: Panels) -> tuple[int, int]:
    """How many rows each day gets: two thirds of them are today's, if it has so many."""
    px = shown.viewport.sizes.row
    height = shown.rooms[Id.AGENDA].height - 2 * PAD_Y - px * 2 * TITLE_EM + 1
    whole = int(height // (px * DOUBLE_EM))
    if not today:
        return 0, min(tomorrow, max(0, int((height - px * TITLE_EM) // (px * DOUBLE_EM))))
    if not tomorrow or whole < 2:
        return min(today, max(1, whole)), 0
    first = min(today, max(whole - tomorrow, -(-whole * 2 // 3)))
    return first, min(tomorrow, whole - first)


def _row(each: Occurrence, answer: CityBoard, shown: Panels) -> Tag:
    """When and what; below it where, and how many are expected."""
    words, cancelled = shown.viewport.words, each.state is AgendaState.CANCELLED
    below = (
        words(_DOUBTS[each.state]) if each.state in _DOUBTS else "",
        words("city.all_day") if each.all_day else "",
        each.place_name or words("city.no_place"),
    )
    crowd = words("city.crowd", n=each.expected) if each.expected and not cancelled else ""
    name = "double cancelled" if cancelled else "double"
    told = " · ".join(part for part in below if part)
    return entry(Id.AGENDA, Entry(each.title, told, time=_when(each, answer, shown), tail=crowd, name=name), shown)


def _when(each: Occurrence, answer: CityBoard, shown: Panels) -> str:
    """'19:00'; 'kini' when it has begun; nothing when it takes all day."""
    if each.all_day:
        return ""
    if each.starts_at <= answer.as_of < each.ends_at and each.state is not AgendaState.CANCELLED:
        return shown.viewport.words("city.on_now")
    return f"{local(each.starts_at, shown):%H:%M}"
