"""Titles out of what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.source import title_from


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Lubang di Jl. Diponegoro No. 5 dekat Gg. III. Sudah lama.", "Lubang di Jl. Diponegoro No. 5 dekat Gg. III."),
        ("Lampu mati di RT. 3 RW. 5, Kel. Sisir! Tolong.", "Lampu mati di RT. 3 RW. 5, Kel. Sisir!"),
        ("Pohon tumbang di Jl. Ir. Soekarno. Macet.", "Pohon tumbang di Jl. Ir. Soekarno."),
        ("Macet di Jl. A. Yani? Tolong.", "Macet di Jl. A. Yani?"),
        (
            "Parkir liar, Jl. Jend. Sudirman dan Jl. KH. Agus Salim. Mohon",
            "Parkir liar, Jl. Jend. Sudirman dan Jl. KH. Agus Salim.",
        ),
        ("  sampah di jln. Trunojoyo\r\nBau sekali", "sampah di jln. Trunojoyo"),
        ("Lampu di rumah nomor 5. Mati", "Lampu di rumah nomor 5."),
        ("Banjir. Mohon dibantu", "Banjir."),
        ("", ""),
    ],
)
def test_the_first_sentence_is_the_title_and_a_shortened_word_ends_none(text: str, title: str):
    assert title_from(text, 80) == title


def test_a_long_sentence_is_cut_between_words():
    assert title_from("Sampah menumpuk di depan pasar", 20) == "Sampah menumpuk di…"


@given(st.text(), st.integers(2, 100))
def test_a_title_is_one_line_of_at_most_so_many_letters(text: str, most: int):
    title = title_from(text, most)
    assert len(title) <= most
    assert not {"\n", "\r"} & set(title)
