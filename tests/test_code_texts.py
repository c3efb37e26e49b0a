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
    "ingest/sources/simulator/agency_texts.py",
    "ingest/sources/simulator/citizen_texts.py",
    "ingest/tabular/detection/field_names.py",
}
"""Tables of words that are read or invented: no sentence of the product."""

TO_MOVE = {
    "ingest/sources/drop/source.py",
    "ingest/tabular/detection/inspect.py",
    "ingest/tabular/detection/rows.py",
    "ingest/tabular/detection/separators.py",
    "ingest/tabular/detection/sheet_scan.py",
    "ingest/tabular/mapping/cell_errors.py",
    "ingest/tabular/mapping/cells.py",
    "ingest/tabular/mapping/datetimes.py",
    "ingest/tabular/mapping/mapping.py",
    "ingest/tabular/proposal/column_content.py",
    "ingest/tabular/proposal/column_matching.py",
    "ingest/tabular/proposal/date_formats.py",
    "ingest/tabular/proposal/proposal.py",
    "ingest/tabular/proposal/value_choices.py",
    "ingest/tabular/raw_rows.py",
    "ingest/tabular/readers/archive.py",
    "ingest/tabular/readers/csv_table.py",
    "ingest/tabular/readers/encoding.py",
    "ingest/tabular/readers/merges.py",
    "ingest/tabular/readers/model.py",
    "ingest/tabular/readers/sheet_parser.py",
    "ingest/tabular/readers/workbook.py",
    "ingest/tabular/readers/xml_reader.py",
    "ingest/tabular/results/result_file.py",
    "ingest/tabular/results/template.py",
    "ingest/uploads/inspection.py",
    "ingest/uploads/job.py",
    "ingest/uploads/storage.py",
    "ingest/uploads/uploader.py",
}
"""Files whose sentences have not moved yet. Nothing is added here."""


def test_no_sentence_in_indonesian_stands_in_the_code():
    found = {path: rows for path, text in sources().items() if (rows := indonesian_sentences(text))}
    assert {path: rows for path, rows in found.items() if path not in WORDS_OF_THE_CITY | TO_MOVE} == {}
    assert TO_MOVE - found.keys() == set(), "these are done: take them off the list"


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
