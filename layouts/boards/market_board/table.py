"""The table of commodities: offered, sold today, the median price with its n, a month of prices, how far it moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from data.domain.market.board import CommodityRow, MarketBoard
from data.domain.market.moves import Move
from layouts.boards.market_board.amounts import commodity_name, quantity, rupiah, unit_of
from layouts.boards.market_board.plan import Id, Panels
from layouts.kit import tags
from layouts.kit.tags import Tag
from layouts.kit.text_width import SURE, fits, shortened, text_width
from layouts.kit.words import UNKNOWN

GIVE_WAY = ("villages", "days", "rupiah", "quantity", "moved")
"""Columns that are left out where type is large, the first one first."""
LEAST_NAME_EM, LEAST_VILLAGE_EM = 7, 4.5
COLUMN_GAP = 12
"""Between columns, px; the style sheet has the same."""
ROW_EM = 1.55
"""Height of a row in em; the style sheet has the same."""
SPARK = (110, 30)
"""Width and height of a month of prices, in its own units."""


@dataclass(frozen=True, slots=True)
class _Column:
    text: Callable[[CommodityRow], str]
    widest: str


def table(answer: MarketBoard, shown: Panels) -> list[Tag]:
    """Heading and rows: as many as fit."""
    room, sizes = shown.rooms[Id.TABLE], shown.viewport.sizes
    columns = _columns(shown)
    widths = _widths(columns, shown)
    name = room.width - sum(width + COLUMN_GAP for width in widths.values())
    px = [f"calc({round(width)} * var(--u))" for width in widths.values()]
    style = {"--grid": f"minmax(0, 1fr) {' '.join(px)}"}
    words = shown.viewport.words
    heads = [tags.Span(_head(each, shown), className=each) for each in ("commodity", *widths)]
    count = max(0, int((room.height - sizes.small * 1.3) // (sizes.small * ROW_EM)))
    rows = [_row(row, columns, widths, name, shown) for row in answer.rows[:count]]
    if not rows:
        return [tags.Div(words("market.no_rows"), className="none")]
    return [tags.Div(heads, className="heads", style=style), tags.Div(rows, className="rows", style=style)]


def _columns(shown: Panels) -> dict[str, _Column]:
    words, city = shown.viewport.words, shown.context.city

    def amount(parts: int, row: CommodityRow) -> str:
        return quantity(parts, unit_of(city, row.commodity), words) if parts else UNKNOWN

    def median(row: CommodityRow) -> str:
        return words.number(row.sold.median) if row.sold.median is not None else UNKNOWN

    return {
        "offered": _Column(lambda row: amount(row.left, row), "888 kg"),
        "villages": _Column(lambda row: "", "Tulungrejo +8"),
        "quantity": _Column(lambda row: amount(row.sold.quantity, row), "888 kg"),
        "rupiah": _Column(lambda row: rupiah(row.sold.rupiah, words, sign="") if row.sold.n else "", "88,8 jt"),
        "median": _Column(median, "88.888"),
        "n": _Column(lambda row: words("kpi.n", n=row.sold.n) if row.sold.n else "", "n 88"),
        "days": _Column(lambda row: "", "88.888"),
        "moved": _Column(lambda row: moved_text(row.move, shown), "−88 %"),
    }


def _widths(columns: Mapping[str, _Column], shown: Panels) -> dict[str, float]:
    """Px by column, in their order. The villages get what is left of the room."""
    room, px = shown.rooms[Id.TABLE].width, shown.viewport.sizes.small
    needs = {
        name: max(text_width(column.widest, px, 600), text_width(_head(name, shown), px)) * SURE
        for name, column in columns.items()
    }
    most = needs["villages"]
    needs["villages"] = LEAST_VILLAGE_EM * px
    for name in ("", *GIVE_WAY):
        needs.pop(name, None)
        left = room - sum(width + COLUMN_GAP for width in needs.values()) - LEAST_NAME_EM * px
        if left >= 0:
            break
    if "villages" in needs:
        needs["villages"] = min(most, needs["villages"] + max(0.0, left))
    return needs


def _head(name: str, shown: Panels) -> str:
    """The title of a column; one beside its neighbour's has none."""
    return str(shown.viewport.words.texts.get(f"market.column.{name}", ""))


def _villages(row: CommodityRow, px: float, width: float) -> str:
    """The village with the most of it, and how many others when that fits."""
    named = [each.village for each in row.offered if each.village]
    if not named:
        return ""
    others = f"{named[0]} +{len(row.offered) - 1}"
    return others if len(row.offered) > 1 and fits(others, px, width) else shortened(named[0], px, width)


def moved_text(move: Move | None, shown: Panels) -> str:
    """By how much, with its sign; empty when it is no more than usual."""
    if move is None or not move.is_far:
        return ""
    sign = "+" if move.change > 0 else "−"
    return f"{sign}{shown.viewport.words.number(abs(move.change) * 100)}{shown.viewport.words('unit.percent')}"


def _row(
    row: CommodityRow, columns: Mapping[str, _Column], widths: Mapping[str, float], name: float, shown: Panels
) -> Tag:
    px = shown.viewport.sizes.small
    title = shortened(commodity_name(shown.context.city, row.commodity, shown.viewport.lang), px, name)
    cells: list[Tag] = [tags.B(title, className="commodity")]
    for each, width in widths.items():
        if each == "days":
            cells.append(spark(row.days))
        else:
            text = _villages(row, px, width) if each == "villages" else shortened(columns[each].text(row), px, width)
            cells.append(tags.Span(text, className=each))
    state = "risk" if row.move is not None and row.move.is_confirmed else "run"
    return tags.Div(cells, className="row", **{"data-state": state})


def spark(days: Sequence[int | None]) -> Tag:
    """A line of prices; a day without a sale is bridged, and the last price is a dot."""
    known = [(place, price) for place, price in enumerate(days) if price is not None]
    if len(known) < 2:
        return tags.Span(className="days")
    prices = [price for _, price in known]
    low, span = min(prices), max(max(prices) - min(prices), 1)
    across = SPARK[0] / (len(days) - 1)
    points = [(round(at * across, 1), round(SPARK[1] - (price - low) / span * SPARK[1], 1)) for at, price in known]
    line = Tag("polyline", points=" ".join(f"{x},{y}" for x, y in points))
    end = Tag("circle", cx=points[-1][0], cy=points[-1][1], r=3)
    box = f"-4 -4 {SPARK[0] + 8} {SPARK[1] + 8}"
    return Tag("svg", [line, end], className="days", viewBox=box, preserveAspectRatio="none", **{"aria-hidden": "true"})


def told(answer: MarketBoard, shown: Panels) -> tuple[str, str]:
    """The panel's title and its note: what was sold today, of all commodities."""
    words = shown.viewport.words
    if not answer.sold.n:
        return words("market.nothing_sold"), ""
    return words("market.sold_today", rupiah=rupiah(answer.sold.rupiah, words)), words("market.trades", n=answer.sold.n)
