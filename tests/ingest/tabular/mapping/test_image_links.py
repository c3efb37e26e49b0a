"""Which links lead to an image, and that only these become a report's photo."""

from __future__ import annotations

import pytest

from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.image_links import image_link
from ingest.tabular.mapping.mapping import TableMapping


@pytest.mark.parametrize(
    "link",
    [
        "https://kota.test/report/photos/5a/photo_20180105.JPG",
        "http://kota.test/a.png?width=300",
        "https://kota.test/image/upload/v1/abc",
        "https://kota.test/foto/123",
        "https://kota.test/foto.php?id=3",
        "https://kota.test/unduh?berkas=lubang.jpeg",
        "https://lh3.googleusercontent.com/abc=s0",
        "data:image/png;base64,AAAA",
    ],
)
def test_a_link_to_an_image_is_one(link: str):
    assert image_link(link) == link


@pytest.mark.parametrize(
    "text",
    [
        "https://kota.test/reports/10925464/photos",
        "https://kota.test/laporan/123",
        "https://kota.test/laporan/123?tab=foto",
        "https://kota.test/index.php?title=a",
        "https://kota.test/images/",
        "https://kota.test/images/surat.pdf",
        "https://drive.google.com/file/d/abc/view",
        "https://commons.wikimedia.org/wiki/File:Jalan.jpg",
        "https://kota.test",
        "https://[::1/a.jpg",
        "IMG_0001.jpg",
        "ada",
        "",
    ],
)
def test_a_link_to_a_page_is_no_photo(text: str):
    assert image_link(text) is None


@pytest.mark.parametrize("between", [" ", ", ", ";", "\n", ","])
def test_of_several_links_the_first_image_is_taken(between: str):
    text = between.join(["https://kota.test/laporan/1", "https://kota.test/a.jpg", "https://kota.test/b.jpg"])
    assert image_link(text) == "https://kota.test/a.jpg"


def test_a_cell_of_very_many_separators_has_no_link():
    assert image_link("https://kota.test/" + ",;" * 400_000) is None
    assert image_link("http" * 200_000) is None


def test_a_row_with_a_page_instead_of_a_photo_is_taken_without_it():
    mapping = {"times": {"zone": "UTC"}, "id": "no", "received": "tgl", "category": {"constant": "x"}}
    table = TableMapping(MappingSettings.model_validate(mapping | {"media_url": "foto"}))
    row = {"no": "1", "tgl": "2026-03-13"}
    assert table.read(row | {"foto": "https://kota.test/laporan/1"}).media_url is None
    assert table.read(row | {"foto": "https://kota.test/a.jpg"}).media_url == "https://kota.test/a.jpg"
