"""Which place an address or a text names: a table of real ways to write, and the laws that hold for all of them."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.fuzz import ratio

from data.reference.places.names import NamedPlace, place_in_address, place_in_cell, place_in_text
from data.reference.places.spelling import BOTH, EXACT_UP_TO, MIN_LEAD, MIN_SCORE, match_misspelt
from data.reference.places.villages import BOX, DISTRICTS, VILLAGES, Village, by_code
from tests.data.reference.places.addresses import ADDRESSES, TEXTS, Row
from tests.data.reference.places.lookalikes import ALL_THE_SAME, OTHER_PLACES, SAID_OTHERWISE, WAYS
from tests.real_data import CITY, needs_real_data

villages = st.sampled_from(VILLAGES)
plain = st.sampled_from([village for village in VILLAGES if village.name not in BOTH])
words = st.text(st.characters(categories=("L", "N", "P", "Z")), max_size=80)


def as_row(text: str, named: NamedPlace) -> Row:
    village = by_code[named.village].name if named.village else None
    return Row(text, village, named.district, bool(named.street), None if named.problem is None else str(named.problem))


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_is_understood_as_its_reader_would(name: str):
    assert as_row(ADDRESSES[name].text, place_in_address(ADDRESSES[name].text)) == ADDRESSES[name]


@pytest.mark.parametrize("name", TEXTS)
def test_in_sentences_words_are_only_words_more_often(name: str):
    assert as_row(TEXTS[name].text, place_in_text(TEXTS[name].text)) == TEXTS[name]


@pytest.mark.parametrize("text", OTHER_PLACES)
def test_a_name_of_ours_elsewhere_places_nothing(text: str):
    found = place_in_address(text)
    assert (found.village, found.district) == (None, None)


@pytest.mark.parametrize("text", SAID_OTHERWISE)
def test_a_name_that_does_not_say_where_places_nothing(text: str):
    found = place_in_text(text)
    assert (found.village, found.district) == (None, None)


@pytest.mark.parametrize("text", ALL_THE_SAME)
def test_what_is_said_around_it_hides_no_name_that_says_where(text: str):
    assert by_code[place_in_text(text).village or ""].name == ALL_THE_SAME[text]


@given(villages, st.sampled_from(WAYS))
def test_an_ordinary_address_is_always_understood(village: Village, way: str):
    text = way.format(kind=village.kind, name=village.name, district=village.district)
    assert place_in_address(text).village == village.code


def test_the_tables_hold_enough_to_be_believed():
    assert len(ADDRESSES) + len(TEXTS) >= 60
    assert len({row.text for row in (*ADDRESSES.values(), *TEXTS.values())}) == len(ADDRESSES) + len(TEXTS)


@needs_real_data
def test_every_spelling_of_the_published_table_is_understood():
    with (CITY / "batu_wilayah.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    for row in rows:
        for prefix in (row["jenis"], row["jenis"][:3] + ".", ""):
            found = place_in_address(f"{prefix} {row['nama']}, Kec. {row['kecamatan']}, Kota Batu {row['kodepos']}")
            assert (found.village, found.district) == (row["kode"], row["kecamatan"])


@needs_real_data
def test_the_districts_own_offices_name_their_districts_and_no_agency_is_a_village():
    with (CITY / "batu_opd.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        found = place_in_address(f"{row['nama']}, {row['alamat_diketahui']}")
        assert found.village is None
        assert found.district == (row["nama"].split()[1] if row["kelompok"] == "Kecamatan" else None)


@given(villages, st.sampled_from(("Desa {}", "KELURAHAN {}", "kel. {}", "ds {}, Kota Batu", "RT 1 RW 2 Desa {}")))
def test_a_name_behind_its_word_is_the_village(village: Village, form: str):
    for spelling in (village.name, *village.spellings):
        assert place_in_address(form.format(spelling)).village == village.code


@given(villages, st.sampled_from(("Jl. {}", "Jalan Raya {}", "Gang {} 4", "Raya {}", "jln raya {} no 7")))
def test_a_street_called_after_a_village_places_nothing(village: Village, form: str):
    found = place_in_address(form.format(village.name))
    assert (found.village, found.district, bool(found.street)) == (None, None, True)


@given(plain, plain)
def test_there_is_never_a_guess_between_two(one: Village, other: Village):
    found = place_in_address(f"{one.name}, {other.name}")
    if one is other:
        assert found.village == one.code
    else:
        assert found.village is None
        assert found.district == (one.district if one.district == other.district else None)


@given(plain, st.sampled_from(sorted(DISTRICTS.values())))
def test_village_and_kecamatan_must_agree(village: Village, district: str):
    found = place_in_address(f"Desa {village.name}, Kecamatan {district}")
    assert found.village == (village.code if village.district == district else None)
    assert found.district == (district if village.district == district else None)


@given(villages, st.integers(0, 20), st.characters(categories=("Ll",), max_codepoint=127))
def test_a_misspelt_name_is_that_village_or_nobody_and_never_below_the_threshold(
    village: Village, place: int, letter: str
):
    squeezed = "".join(each for each in village.name.casefold() if each.isalpha())
    place %= len(squeezed)
    for written in (
        squeezed[:place] + squeezed[place + 1 :],
        squeezed[:place] + letter + squeezed[place:],
        squeezed[:place] + letter + squeezed[place + 1 :],
    ):
        found = match_misspelt(written)
        if found is not None:
            assert found[0] is village
            assert found[1] >= MIN_SCORE
            others = [ratio(written, _squeezed(each.name)) for each in VILLAGES if each is not village]
            assert found[1] - max(others) >= MIN_LEAD
        if len(squeezed) <= EXACT_UP_TO and written != squeezed:
            assert found is None


@given(words)
def test_anything_at_all_is_read_and_says_one_thing(text: str):
    for found in (place_in_address(text), place_in_text(text)):
        assert (found.village is None) == (found.problem is not None)
        assert found.village is None or by_code[found.village].district == found.district


@given(words, plain)
def test_what_is_named_is_somewhere_in_the_text(text: str, village: Village):
    found = place_in_address(f"{text}, Desa {village.name}")
    assert found.village in (None, village.code)


@given(words)
def test_a_cell_says_the_same_each_time(text: str):
    assert place_in_cell(text) == place_in_cell(text) == place_in_address(text)


def test_the_box_holds_every_office_and_every_middle():
    west, south, east, north = BOX
    for village in VILLAGES:
        assert west < village.office_lon < east
        assert west < village.inside_lon < east
        assert south < village.office_lat < north
        assert south < village.inside_lat < north


def _squeezed(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
