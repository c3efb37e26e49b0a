"""What the product says stands in data/locales, in both languages, and not in Python."""

from __future__ import annotations

import re

from data.texts import read_texts
from tests.code_checks import indonesian_sentences, sources

WORDS_OF_THE_CITY = {
    "data/domain/cases/vocabulary.py",
    "data/domain/cases/reconciliation.py",
    "data/reference/places/vocabulary.py",
    "data/store/intake/rejected_search.py",
    "ingest/sources/cap_simulator/scenes.py",
    "ingest/sources/guide_simulator/days.py",
    "ingest/sources/simulator/agency_texts.py",
    "ingest/sources/simulator/citizen_texts.py",
    "ingest/tabular/detection/vocabulary.py",
}
"""Tables of words that are read or invented: no sentence of the product."""


def test_no_sentence_in_indonesian_stands_in_the_code():
    found = {path: rows for path, text in sources().items() if (rows := indonesian_sentences(text))}
    assert {path: rows for path, rows in found.items() if path not in WORDS_OF_THE_CITY} == {}


def test_every_reason_has_a_text_and_every_text_a_reason():
    code = "\n".join(sources().values())
    texts_of = {key.removeprefix("reason.") for key in read_texts("id") if key.startswith("reason.")}
    asked = set(re.findall(r'\breason\(\s*"([a-z0-9_.]+)"', code))
    families = tuple(set(re.findall(r'\bf"([a-z_]+\.(?:[a-z_]+\.)*)\{', code)))
    assert asked - texts_of == set()
    assert {key for key in texts_of if f'"{key}"' not in code and not key.startswith(families)} == set()


def test_a_sentence_in_indonesian_is_found():
    assert indonesian_sentences('x = f"Kolom {name} tidak ada"') == ["1: Kolom {} tidak ada"]
    assert indonesian_sentences('x = "nilai ini"\ndef f():\n    """Laporan ini."""\n') == ["1: nilai ini"]
    assert indonesian_sentences('x = {"laporan": "the report"}') == []
