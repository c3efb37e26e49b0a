"""The panel of warnings: what the city is warned of, where and until when; that there is nothing, or that nobody knows.

What stands there of a warning, and who is named as its source, is its sender's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.domain.guide.board import CityBoard, Heard, Warned, WarningsNow
from data.domain.warnings.nouns import PublicWarning, WarningWords
from layouts.boards.city_board.parts import MARK_EM, SIDE_GAP, Told, day_and_time, day_of, local, panel
from layouts.boards.city_board.plan import PAD_Y, TITLE_EM, Id, Panels, warning_row
from layouts.boards.maps.warned_area import state_of
from layouts.boards.warning_overlay import event_text
from layouts.kit import tags
from layouts.kit.parts import mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, shortened, text_width

VILLAGES_SHARE = 0.8
"""Of the line: villages that take more are told as their kecamatan."""
MOST_VILLAGES = 4


def warnings(answer: CityBoard, shown: Panels) -> Tag:
    """The gravest first; how many there are in all when not all are shown."""
    found, words = answer.warnings, shown.viewport.words
    title, silent = words("city.title.warnings"), found.heard is Heard.SILENT
    if not found.rows:
        return panel(Id.WARNINGS, Told(title, "", silent), _none(found, answer, shown), shown)
    room = shown.rooms[Id.WARNINGS]
    height = room.height - 2 * PAD_Y - shown.viewport.sizes.row * TITLE_EM
    count = max(1, int((height + 1) // warning_row(shown.viewport.sizes)))
    drawn = [_warning(each, answer, shown) for each in found.rows[:count]]
    more = f" · {words.number(found.total)}" if found.total > len(drawn) else ""
    return panel(Id.WARNINGS, Told(title + more, _note(found, answer, shown), silent), drawn, shown)


def _note(found: WarningsNow, answer: CityBoard, shown: Panels) -> str:
    """Who warns; when a source is silent, since when that is not known."""
    if found.heard is Heard.SILENT and found.at is not None:
        return shown.viewport.words("city.silent_since", at=day_and_time(found.at, answer.as_of, shown))
    return ", ".join(list(dict.fromkeys(each.warning.sender_name or each.warning.sender for each in found.rows))[:2])


def _none(found: WarningsNow, answer: CityBoard, shown: Panels) -> Sequence[Tag]:
    words, sizes, room = shown.viewport.words, shown.viewport.sizes, shown.rooms[Id.WARNINGS].inner
    at = day_and_time(found.at, answer.as_of, shown) if found.at is not None else ""
    told, below = {
        Heard.NOW: (words("city.no_warning"), words("city.as_of", at=at) if at else ""),
        Heard.SILENT: (words("city.unknown"), words("city.since", at=at) if at else words("city.never_heard")),
        Heard.NEVER: (words("city.unknown"), words("city.no_source")),
    }[found.heard]
    name = "state" if found.heard is Heard.NOW else "state unsure"
    px = next((px for px in (sizes.far, sizes.row) if fits(told, px, room)), sizes.row)
    first = tags.Div(shortened(told, px, room), className=f"{name} far" if px == sizes.far else name)
    return [first, tags.Div(shortened(below, sizes.small, room, 500), className="below")]


def _warning(row: Warned, answer: CityBoard, shown: Panels) -> Tag:
    """Its event and until when, for the farthest reader where that fits; where, and what it says."""
    words, sizes, each = shown.viewport.words, shown.viewport.sizes, row.warning
    _, said = each.words_in(words.lang)
    room = shown.rooms[Id.WARNINGS].inner - sizes.far * MARK_EM
    before, end = _end(each, answer, shown)
    event = event_text(each, shown.viewport, shown.context) or words("city.warning")
    left = room - text_width(end, sizes.far, 700) * SURE - SIDE_GAP
    beside = left - text_width(before, sizes.small) * SURE - SIDE_GAP
    ways = ((sizes.far, before, beside), (sizes.row, before, beside), (sizes.row, before if not end else "", left))
    px, before, left = next((way for way in ways if fits(event, way[0], way[2])), ways[-1])
    title = tags.Span(shortened(event, px, left), className="far" if px == sizes.far else None)
    until = tags.Span([tags.Small(before) if before else None, tags.B(end, className="far")], className="until")
    demo = words("feed.demo") if each.demo else ""
    told = " · ".join(part for part in (demo, where(row, said, room, sizes.small), said.headline) if part)
    below = tags.Div(shortened(told, sizes.small, room, 500), className="below")
    first = tags.Div([title, until], className="first")
    over = None if each.ends_at is None else int(each.ends_at.timestamp())
    state = {"data-state": state_of(each), "data-until": over}
    return tags.Div([mark(), tags.Div([first, below])], className="warned", **state)


def _end(each: PublicWarning, answer: CityBoard, shown: Panels) -> tuple[str, str]:
    """('s.d. 25 Nov', '02:00'): what is read from near, and from far."""
    words = shown.viewport.words
    if each.expires_at is None:
        return words("city.no_end"), ""
    day = day_of(each.expires_at, answer.as_of, shown)
    return " ".join(part for part in (words("city.until"), day) if part), f"{local(each.expires_at, shown):%H:%M}"


def where(row: Warned, said: WarningWords, room: float, px: float) -> str:
    """The villages where they have room, else the kecamatan; what it says itself when it has neither."""
    villages = ", ".join(row.villages)
    if villages and len(row.villages) <= MOST_VILLAGES and fits(villages, px, room * VILLAGES_SHARE, 500):
        return villages
    return ", ".join(row.districts) or said.area
