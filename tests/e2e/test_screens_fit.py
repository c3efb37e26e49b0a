"""Every wall on every glass, in both languages: no scroll bar, nothing beyond the glass, nothing cut, no word
of the other language, no file missing or from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.helpers.drop import DROP, drop_file, results
from tests.e2e.helpers.server import ROOT, Installation, spot, until
from tests.e2e.helpers.wall import LANDSCAPE, LARGE, PORTRAIT, hang
from tests.yaml_files import read_yaml

SCREENS = ("peta", "antrean", "waktu", "kinerja", "pasar", "kota")
CATEGORIES = (
    "pohon_tumbang",
    "kebakaran",
    "longsor",
    "jalan_rusak",
    "pju",
    "sampah",
    "kemacetan",
    "pkl_liar",
    "narkoba",
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """A city with work: reports of many categories, long texts among them, and hundreds that are overdue."""
    house = Installation(tmp_path_factory.mktemp("full"), DROP, template=sqlite_template)
    house.start()
    old = drop_file(house, "lama.csv", 400, title="Keluhan lama yang belum juga dijawab")
    until(lambda: results(old), 120, "the old reports")
    for number in range(90):
        long = " di depan rumah warga yang sudah lama menunggu perbaikan sejak musim hujan" if number % 3 == 0 else ""
        house.accepted(
            f"Keluhan nomor {number}{long}", service_code=CATEGORIES[number % len(CATEGORIES)], **spot(number)
        )
    yield house
    house.close()


@cache
def english_only() -> set[str]:
    """Texts of the English locale that the Indonesian one does not have anywhere, at least four letters long."""

    def texts(lang: str) -> set[str]:
        tree = read_yaml(ROOT / "data/locales" / lang / "screens.yaml")
        return set(flat(tree))

    def flat(tree: object) -> Iterator[str]:
        if isinstance(tree, dict):
            for part in tree.values():
                yield from flat(part)
        else:
            yield re.sub(r"\s*\{[^}]*\}\s*", " ", str(tree)).strip().lower()

    return {text for text in texts("en") - texts("id") if len(text) >= 4 and text.isascii() and text[0].isalpha()}


@pytest.mark.parametrize(
    ("size", "lang", "theme"),
    [
        (LANDSCAPE, "id", "dark"),
        (LANDSCAPE, "en", "light"),
        (LARGE, "en", "dark"),
        (PORTRAIT, "id", "light"),
    ],
    ids=["1920x1080-id", "1920x1080-en", "3840x2160-en", "1080x1920-id"],
)
def test_nothing_on_a_wall_scrolls_is_cut_is_foreign_or_is_missing(
    full: Installation, browser: Browser, size: tuple[int, int], lang: str, theme: str
):
    """A theme is colours alone, so that each language has one."""
    english: set[str] = set()
    told: list[tuple[int, str]] = []
    for screen in SCREENS:
        context, wall = hang(browser, size)
        wall.page.on("response", lambda answer: told.append((answer.status, answer.url)))
        wall.open(full.wall(screen, lang=lang, theme=theme))
        wall.shows({"kinerja": "490", "pasar": "Rp", "kota": "≤ 500 m"}.get(screen, "Keluhan nomor"))
        wall.page.wait_for_timeout(500)
        assert {kind: rows for kind, rows in wall.faults().items() if rows} == {}, screen
        assert wall.said == [], screen
        assert [url for status, url in told if status >= 400] == [], screen
        assert [url for _, url in told if not url.startswith((full.url, "data:", "blob:"))] == [], screen
        seen = wall.text.lower()
        english |= {text for text in english_only() if re.search(rf"\b{re.escape(text)}\b", seen)}
        context.close()
    assert bool(english) == (lang == "en"), english


BAD = """<body style="margin:0"><div style="height:5000px">lang</div>
  <div style="width:50px;overflow:hidden;white-space:nowrap;position:fixed;top:0">a text that is cut</div>
  <div style="position:fixed;right:-80px;top:90px;width:100px">beyond the glass</div>
  <div style="width:50px;height:20px;overflow-y:scroll"><div style="height:99px">rolls</div></div></body>"""


def test_what_scrolls_or_is_cut_is_found(browser: Browser):
    context, wall = hang(browser)
    wall.page.set_content(BAD)
    found = wall.faults()
    assert any(row.startswith("page ") for row in found["scroll"])
    assert any(row.startswith("div") for row in found["scroll"])
    assert any("a text that is cut" in row for row in found["clipped"])
    assert any("beyond the glass" in row for row in found["overflow"])
    context.close()
