"""What the wall of the market shows, with many rows and with none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data.domain.market.board import MarketBoard, Step, Unsold, Wanted
from data.domain.market.floor import Floor, FloorRule
from data.domain.market.ladder import Ladder, Rung
from layouts.boards.market_board.amounts import quantity, rupiah
from layouts.boards.market_board.plan import Id
from layouts.kit.viewport import Viewport
from layouts.kit.words import words
from tests.factories import NOW
from tests.layouts.answers import WALL_75, a_market, a_viewport, an_alarm, draw
from tests.layouts.seen import Element, seen

ID = words("id")


def panel(region: Id, answer: MarketBoard | None = None, viewport: Viewport | None = None) -> Element:
    shown = draw("market_board", answer or a_market(), viewport or a_viewport("market_board"))
    return seen({region: shown[region]})


def lines(element: Element, kind: str) -> list[str]:
    return [each.text for each in element.find(kind)]


@pytest.mark.parametrize(
    ("parts", "unit", "told"),
    [
        (340_000, "kg", "340 kg"),
        (1_250_000, "kg", "1,2 t"),
        (250_000_000, "kg", "250 t"),
        (2500, "kg", "2,5 kg"),
        (12, "ikat", "12 ikat"),
        (5_000, "liter", "5 L"),
    ],
)
def test_quantities_are_short_and_have_their_unit(parts: int, unit: str, told: str):
    assert quantity(parts, unit, ID) == told


@pytest.mark.parametrize(
    ("amount", "told"), [(850, "Rp 850"), (12_345, "Rp 12,3 rb"), (999_500, "Rp 1.000 rb"), (12_400_000, "Rp 12,4 jt")]
)
def test_rupiah_are_short(amount: int, told: str):
    assert rupiah(amount, ID) == told


def test_the_table_tells_each_commodity_with_its_n_and_colours_a_fall_that_stayed():
    table = panel(Id.TABLE)
    rows = table.find("row")
    assert len(rows) >= 14
    apple = rows[0]
    assert [part.text for part in apple.parts if isinstance(part, Element)][:1] == ["Apel"]
    assert lines(apple, "n") == ["n 12"]
    assert (lines(apple, "moved"), apple.facts["data-state"]) == (["−40 %"], "risk")
    assert rows[1].facts["data-state"] == "run"
    assert table.find("told")[0].text == "Terjual hari ini Rp 68,3 jt264 transaksi"


def test_an_empty_market_says_so_in_every_panel():
    for region in Id:
        drawn = panel(region, a_market(n=0))
        assert drawn.find("none") or drawn.find("single"), region
        assert not drawn.find("row")


def test_what_to_do_next_begins_with_the_buyer_who_presses():
    first = panel(Id.NEXT).find("double")[0]
    assert first.text == "6 petani ditekanHubungi P-014"
    assert first.facts["data-state"] == "overdue"


def test_each_kind_of_step_comes_before_the_second_of_a_kind():
    steps = [step.step for step in a_market().steps]
    assert steps.count(Step.SPOILING) > 1
    outbreak, spoiling = lines(panel(Id.NEXT), "double")[1:3]
    assert outbreak == "Hama di Sisir7 laporan: kirim penyuluh"
    assert spoiling == "Apel hampir busukCari pembeli: 300 kg, Sisir"


def test_below_a_fair_price_the_price_stands_beside_its_floor_and_the_buyer_with_how_many():
    first, other = panel(Id.FAIR).find("double")[:2]
    assert first.text == "Apel 3.500 < 5.000P-014 · 6 petani · Sisir"
    assert (first.facts["data-state"], other.facts["data-state"]) == ("overdue", "risk")
    (village,) = panel(Id.FAIR, replace(a_market(), alarms=a_market().alarms[2:])).find("double")
    assert village.text.endswith("3 lapak · Sisir")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_name_hides_a_quantity_or_a_price_and_a_panel_has_one_size_of_type(lang: str):
    codes = ["jambu_kristal", "jamur_tiram", "bawang_merah"]
    low = an_alarm()
    priced = replace(low.evidence[0].priced, commodity="krisan", price=37_400)
    alarm = replace(
        low, evidence=(replace(low.evidence[0], priced=priced, floor=Floor(113_280, FloorRule.PRODUCTION_COST, 0)),)
    )
    market = replace(
        a_market(),
        wanted=tuple(Wanted(code, 1_580_000, 1_800_000, 3, 113_900) for code in codes),
        unsold=tuple(Unsold(code, "Sumberbrantas", 155_000, 3, NOW + timedelta(hours=20)) for code in codes),
        alarms=(alarm, an_alarm()),
    )
    viewport = a_viewport("market_board", panel=WALL_75, lang=lang)
    number = words(lang).number
    for region, told in ((Id.WANTED, words(lang).number(1.6, 1) + " t"), (Id.UNSOLD, "155 kg")):
        drawn = panel(region, market, viewport)
        assert all(told in line for line in lines(drawn, "single")), lines(drawn, "single")
        assert len(drawn.find("tight")) in (0, len(lines(drawn, "single")))
    drawn = panel(Id.FAIR, market, viewport)
    assert f"{number(37_400)} < {number(113_280)}" in lines(drawn, "double")[0]
    assert len(drawn.find("tight")) in (0, len(lines(drawn, "double")))


def test_the_ladder_tells_why_there_is_no_share():
    market = a_market()
    flowers = replace(market.ladders[0], ladder=Ladder(Rung(15_000, "ikat", 3, None), None, Rung(9000, "kg", 1, None)))
    told = panel(Id.LADDER, replace(market, ladders=(flowers,))).text
    assert "15.000 → – → 9.000 · satuan" in told
    assert "40 %" in panel(Id.LADDER).text


def test_a_village_with_an_outbreak_is_tinted_and_named():
    drawn = panel(Id.OUTBREAK)
    assert [each.tag for each in drawn.find("alarm")] == ["path"]
    assert "7, biasa 1,4" in drawn.text
    calm = panel(Id.OUTBREAK, a_market(n=0))
    assert (calm.find("alarm"), "Tidak ada wabah" in calm.text) == ([], True)
