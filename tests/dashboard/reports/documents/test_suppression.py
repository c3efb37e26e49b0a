from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.reports.documents.suppression import LEAST, hidden_cells, suppressed
from dashboard.reports.month.tables import TOTAL, Column, Duration, Kind, Row, Share, Table, counts

VILLAGES = {"A": (40, 3), "B": (21, 9), "C": (12, 12)}
SUMS = {"received": ("done", "open")}


def a_table(rows: dict[str, tuple[int, int]], name: str = "by_village") -> Table:
    columns = (*counts("done", "open", "received"), Column("on_time", Kind.SHARE), Column("median", Kind.WORKING))
    done, left = (sum(each[n] for each in rows.values()) for n in (0, 1))
    shown = [
        Row(key, (a, b, a + b, Share(a, a + b), Duration(60))) for key, (a, b) in (rows | {TOTAL: (done, left)}).items()
    ]
    return Table(name, "village", columns, tuple(shown), published=True)


def test_a_small_cell_takes_with_it_the_three_that_would_reveal_it():
    [(table, hidden)] = suppressed([a_table(VILLAGES)], SUMS)
    places = [(row.key, name) for row in table.rows for name in ("done", "open")]
    assert [place for place in places if table.cell(*place) is None] == [
        ("A", "done"), ("A", "open"), ("B", "done"), ("B", "open"),
    ]  # fmt: skip
    assert [table.cell(key, "received") for key in ("A", "B", "C", TOTAL)] == [43, 30, 24, 97]
    assert [table.cell(TOTAL, name) for name in ("done", "open")] == [73, 24]
    assert hidden == 4 + 2 * 2, "and the shares and medians of A and B"


def test_what_is_computed_from_a_hidden_count_is_hidden():
    [(table, _)] = suppressed([a_table(VILLAGES)], SUMS)
    assert [table.cell(key, "on_time") for key in "ABC"] == [None, None, Share(12, 24)]
    assert [table.cell(key, "median") for key in "ABC"] == [None, None, Duration(60)]


def test_a_total_that_is_small_itself_is_hidden_in_every_table():
    small, other = suppressed([a_table({"A": (3, 0)}), a_table({"X": (3, 0), "Y": (0, 0)}, "by_agency")], SUMS)
    assert [small[0].cell(key, "received") for key in ("A", TOTAL)] == [None, None]
    assert other[0].cell(TOTAL, "done") is None


def test_zero_is_told():
    [(table, _)] = suppressed([a_table({"A": (0, 0), "B": (10, 20)})], SUMS)
    assert table.row("A").cells[:3] == (0, 0, 0)


def shares(rows: dict[str, tuple[int, int]]) -> Table:
    """A share of (part, rest) a row."""
    whole = tuple(sum(each[n] for each in rows.values()) for n in (0, 1))
    cells = {key: Share(a, a + b) for key, (a, b) in rows.items()} | {TOTAL: Share(whole[0], sum(whole))}
    shown = tuple(Row(key, (cell,)) for key, cell in cells.items())
    return Table("by_agency", "agency", (Column("on_time", Kind.SHARE),), shown, published=True)


def test_a_small_share_takes_another_one_with_it():
    [(table, hidden)] = suppressed([shares({"dlh": (2, 18), "dpupr": (15, 5), "dishub": (30, 30)})], {})
    assert [row.key for row in table.rows if row.cells == (None,)] == ["dlh", "dpupr"]
    assert hidden == 2


TABLES = st.dictionaries(st.sampled_from("ABCDEF"), st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1)


@given(TABLES)
def test_no_sum_reveals_a_hidden_count(rows: dict[str, tuple[int, int]]):
    rows |= {TOTAL: (sum(a for a, _ in rows.values()), sum(b for _, b in rows.values()))}
    counted = {
        (key, name): n for key, (a, b) in rows.items() for name, n in (("done", a), ("open", b), ("received", a + b))
    }
    hidden = hidden_cells(counted, SUMS)
    assert hidden >= {place for place, n in counted.items() if 0 < n < LEAST}
    columns = [[(key, name) for key in rows] for name in ("done", "open", "received")]
    for line in [*columns, *([(key, name) for name in ("done", "open", "received")] for key in rows)]:
        assert sum(place in hidden for place in line) != 1


@given(TABLES)
def test_no_sum_reveals_a_hidden_share(rows: dict[str, tuple[int, int]]):
    before = shares(rows)
    [(after, _)] = suppressed([before], {})
    told = {row.key: row.cells == (None,) for row in after.rows}
    mine = [before.cell(key, "on_time") for key, hidden in told.items() if hidden and key != TOTAL]
    cells = [cell for cell in mine if isinstance(cell, Share)]
    assert all(told[key] for key, (a, b) in rows.items() if any(0 < n < LEAST for n in (a, b, a + b)))
    assert not cells or told[TOTAL] or len(cells) > 1
    for count in (lambda cell: cell.part, lambda cell: cell.of - cell.part, lambda cell: cell.of):
        assert not cells or told[TOTAL] or sum(map(count, cells)) >= LEAST
