"""Which words say the same, and which name another place."""

from __future__ import annotations

import pytest

from data.domain.incidents.likeness import alike, names_another_place, plain_words


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("pohon tumbang menutup jalan", "Pohon roboh, jalan tertutup!", 0.99, 1),
        ("PJU padam", "lampu jalan mati", 0.7, 1),
        ("sampah menumpuk", "smpah menumpk", 0.99, 1),
        ("wit gede ambruk", "pohon besar tumbang", 0.99, 1),
        ("ada pohon tumbang di depan pasar pak", "tolong pohon tumbang", 0.7, 0.99),
        ("lampu mati", "kucing naik atap", 0, 0),
        ("yang ini di sana", "yang ini di sana", 0, 0),
        ("", "lampu mati", 0, 0),
    ],
)
def test_spellings_synonyms_forms_and_typing_errors_are_the_same_word(one: str, other: str, least: float, most: float):
    share = alike(plain_words(one), plain_words(other))
    assert least <= share <= most
    assert share == alike(plain_words(other), plain_words(one))


@pytest.mark.parametrize(
    ("one", "other", "another"),
    [
        ("RT 4", "rt.05", True),
        ("RT 04 RW 2", "rt 4", False),
        ("nomor 3", "no. 4", True),
        ("gang 2", "gg 2", False),
        ("RT 4 dan RT 5", "RT 5", False),
        ("RT 4", "nomor 5", False),
        ("tiang 3", "lampu mati", False),
    ],
)
def test_another_number_of_the_same_kind_is_another_place(one: str, other: str, another: bool):
    assert names_another_place(plain_words(one), plain_words(other)) is another
