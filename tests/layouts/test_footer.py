"""The footer: what just happened, how fresh the sources are, whether it is invented."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.domain.figures.boards import FeedHealth, SourceHealth, Ticker, TickerItem
from layouts.boards import feed_health, ticker
from layouts.kit.viewport import Panel, Viewport
from tests.factories import NOW
from tests.layouts.answers import FAR_55, PANELS, a_source, a_viewport, an_item, draw
from tests.layouts.seen import Element, seen


def told(*items: TickerItem, viewport: Viewport | None = None) -> list[Element]:
    """The ticker's items as read."""
    return seen(draw("ticker", Ticker(NOW, items), viewport)).find("item")


def sources(*health: SourceHealth, rejected: int = 0, viewport: Viewport | None = None) -> Element:
    """The sources as read."""
    return seen(draw("feed_health", FeedHealth(NOW, health, rejected, False), viewport)[feed_health.Id.SOURCES])


@pytest.mark.parametrize(
    ("item", "text", "state"),
    [
        (an_item(), "14:06baruPohon tumbangPunten", "new"),
        (an_item(kind="breached", title="Sampah"), "14:06terlambatSampahPunten", "overdue"),
        (an_item(kind="warned", title="Sampah"), "14:06segeraSampahPunten", "risk"),
        (an_item(kind="resolved", title="Sampah", village=None), "14:06selesaiSampah", "none"),
        (an_item(count=7, village="Beji"), "14:06baruPohon tumbang×7Beji", "new"),
        (an_item(private=True, title="", village=None), "14:06baruLaporan tertutup", "new"),
        (an_item(kind="imported", title="", category="", village=None, count=240), "14:06impor240 laporan×240", "none"),
    ],
)
def test_an_item_is_told_with_local_time_kind_title_and_village(item: TickerItem, text: str, state: str):
    read = told(item)[0]
    assert read.text == text
    assert read.facts["data-state"] == state


def test_as_many_items_are_told_as_fit():
    viewport = a_viewport("ticker")
    assert ticker.rows(viewport) == 4
    assert len(told(*[an_item()] * 9, viewport=viewport)) == 4


def test_a_long_title_gives_way_to_its_category():
    long = an_item(title="Pohon besar tumbang menutup seluruh badan jalan raya Selecta arah Cangar")
    assert "Pohon_Tumbang" in told(long)[0].text


def test_before_anything_has_happened_the_ticker_says_so():
    assert told()[0].text == "Belum ada kejadian hari ini"


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
def test_the_ticker_can_be_drawn_where_there_is_hardly_room(panel: Panel, portrait: bool):
    viewport = a_viewport("ticker", panel=panel, portrait=portrait)
    assert len(told(*[an_item()] * 9, viewport=viewport)) <= ticker.rows(viewport)


def test_a_fresh_source_is_grey_and_tells_its_age():
    read = sources(a_source()).find("source")[0]
    assert read.facts["data-state"] == "run"
    assert read.find("age")[0].facts["data-since"] == str(int((NOW - timedelta(seconds=4)).timestamp()))


@pytest.mark.parametrize(
    ("source", "state", "word"),
    [
        (a_source(state="late"), "risk", ""),
        (a_source(state="failing"), "overdue", "gagal"),
        (a_source(state="silent", silent_since=NOW - timedelta(hours=2)), "risk", "diam, ditunggu"),
        (a_source(state="never", last_success=None), "none", "belum ada data"),
    ],
)
def test_a_source_in_trouble_is_told_by_mark_colour_and_word(source: SourceHealth, state: str, word: str):
    read = sources(source).find("source")[0]
    assert read.facts["data-state"] == state
    assert read.find("mark")[0].classes == {"mark", state}
    assert word in read.text


def test_a_silent_source_counts_from_when_it_should_have_been_heard():
    due = NOW - timedelta(hours=2)
    read = sources(a_source(state="silent", silent_since=due))
    assert read.find("age")[0].facts["data-since"] == str(int(due.timestamp()))


def test_a_source_that_is_off_is_not_shown():
    assert "Arsip" not in sources(a_source(), a_source("Arsip", state="off")).text


def test_sources_that_do_not_fit_are_counted():
    read = sources(*[a_source(f"Sumber nomor {number}") for number in range(9)])
    shown = [source for source in read.find("source") if "data-source" in source.facts]
    assert 2 <= len(shown) < 9
    assert f"+{9 - len(shown)} sumber" in read.text


def test_trouble_that_does_not_fit_is_counted_in_its_colour():
    read = sources(*[a_source(f"Sumber nomor {number}", state="failing") for number in range(9)])
    last = read.find("source")[-1]
    assert "bermasalah" in last.text
    assert last.facts["data-state"] == "overdue"


def test_records_that_could_not_be_read_are_counted():
    assert "12 ditolak" in sources(a_source(), rejected=12).text
    assert "ditolak" not in sources(a_source()).text


@pytest.mark.parametrize("portrait", [False, True])
def test_a_wall_with_hardly_room_still_names_the_worst_source(portrait: bool):
    viewport = a_viewport("feed_health", panel=FAR_55, portrait=portrait)
    read = sources(a_source("DLH (berkas)", state="late"), *[a_source()] * 4, rejected=3, viewport=viewport)
    assert "DLH" in read.find("source")[0].text


@pytest.mark.parametrize(
    ("stored", "installed", "shown"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_invented_data_are_called_so_on_every_screen(stored: bool, installed: bool, shown: bool):
    drawn = draw("feed_health", FeedHealth(NOW, (), 0, stored), demo=installed)
    assert ("DEMO" in seen(drawn[feed_health.Id.DEMO]).text) == shown
