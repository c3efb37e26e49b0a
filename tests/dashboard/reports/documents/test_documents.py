"""The PDF, the workbook and the open data themselves: standards, odd texts, hashes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from dashboard.reports.archive.attachment import attachment
from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.documents.open_data import open_data
from dashboard.reports.documents.pdf import Edition, pdf
from dashboard.reports.documents.wording import Wording, labels_of
from dashboard.reports.documents.workbook import workbook
from data.domain.city.model import City
from data.store.db.engine import Engine
from tests.code_checks import ROOT
from tests.dashboard.reports.months import OCTOBER, deps_of, settings, some_cases
from tests.factories import a_city

MARKUP = '#import *b* $x$ ="=1+1"'


def an_edition(engine: Engine, home: Path) -> Edition:
    some_cases(engine)
    deps = deps_of(engine, home)
    facts = gather(deps, OCTOBER, "", known_at(deps, OCTOBER, None))
    rows, digest = attachment(facts, 1)
    return Edition(facts, 1, digest, rows)


def a_wording(city: City | None = None) -> Wording:
    return Wording("id", labels_of(city or a_city(), {}), "Asia/Jakarta")


def odd_city() -> City:
    """An agency whose name would be markup to typst and a formula to a spreadsheet."""
    odd = replace(a_city().agencies["dlh"], name=MARKUP, short='=HYPERLINK("x")')
    return replace(a_city(), agencies={**a_city().agencies, "dlh": odd})


def test_the_pdf_is_an_archive_file_with_tags_and_its_rows(engine: Engine, tmp_path: Path):
    drawn = pdf(an_edition(engine, tmp_path), settings().report, a_wording(), ROOT)
    for said in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>A</pdfaid:conformance>", b"<pdfuaid:part>1"):
        assert said in drawn
    assert b"/StructTreeRoot" in drawn
    assert b"(rows.json)" in drawn


@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 841)), ("f4", (609, 935))])
def test_the_paper_is_the_configured_one(engine: Engine, tmp_path: Path, paper: str, points: tuple[int, int]):
    report = settings().report.model_copy(update={"paper": paper})
    drawn = pdf(an_edition(engine, tmp_path), report, a_wording(), ROOT)
    width, height = drawn.partition(b"/MediaBox[0 0 ")[2].partition(b"]")[0].split()
    assert (int(float(width)), int(float(height))) == points


def test_a_text_from_outside_is_neither_markup_nor_a_formula(engine: Engine, tmp_path: Path):
    edition, wording = an_edition(engine, tmp_path), a_wording(odd_city())
    report = settings().report.model_copy(update={"office": MARKUP, "letterhead": [MARKUP], "signer_name": MARKUP})
    assert b"#import *b* $x$" in pdf(edition, report, wording, ROOT), "the author, as it was written"
    book = openpyxl.load_workbook(io.BytesIO(workbook(edition, wording)))
    names = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == '=HYPERLINK("x")']
    assert names
    assert {cell.data_type for cell in names} == {"s"}


def test_every_published_column_is_described_and_every_value_is_of_its_type(engine: Engine, tmp_path: Path):
    files = open_data(an_edition(engine, tmp_path), settings().report, a_wording())
    package = json.loads(files["datapackage.json"])
    described = {row["name"] for row in csv.DictReader(io.StringIO(files["dictionary.csv"].decode()))}
    reads = {"integer": int, "string": str, "date": date.fromisoformat, "boolean": {"true": 1, "false": 0}.__getitem__}
    assert {resource["name"] for resource in package["resources"]} == {"by-agency", "by-category", "by-village"}
    for resource in package["resources"]:
        content = files[resource["path"]]
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        fields = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert list(rows[0]) == list(fields)
        assert set(list(fields)[3:]) <= described
        for row in rows:
            for name, value in row.items():
                assert value == "" or reads[fields[name]](value) is not None


def test_what_is_private_is_in_no_open_data(engine: Engine, tmp_path: Path):
    edition = an_edition(engine, tmp_path)
    told = b"".join(open_data(edition, settings().report, a_wording()).values())
    assert b"narkoba" not in told
    assert b"bnn" not in told
    assert b"narkoba" in edition.rows.encode(), "the document counts it"
    assert b"AW-2611" not in told, "no case stands in it alone"
