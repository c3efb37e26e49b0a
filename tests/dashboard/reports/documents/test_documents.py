"""The PDF, the workbook and the open data themselves: standards, odd texts, hashes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
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


TEXT = {"type": "string", "minLength": 1}
NAME = TEXT | {"pattern": r"^([-a-z0-9._/])+$"}
FIELD = {
    "type": "object",
    "required": ["name", "type"],
    "properties": {
        "name": TEXT,
        "title": TEXT,
        "type": {"enum": ["string", "integer", "number", "boolean", "date"]},
        "constraints": {
            "type": "object",
            "properties": {"required": {"type": "boolean"}, "minimum": {"type": "number"}},
            "additionalProperties": False,
        },
    },
}
RESOURCE = {
    "type": "object",
    "required": ["name", "path", "profile", "schema"],
    "properties": {
        "profile": {"const": "tabular-data-resource"},
        "name": NAME,
        "path": TEXT | {"pattern": r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"},
        "title": TEXT,
        "format": TEXT,
        "mediatype": TEXT | {"pattern": r"^(.+)/(.+)$"},
        "encoding": TEXT,
        "bytes": {"type": "integer"},
        "hash": TEXT | {"pattern": r"^([^:]+:[a-fA-F0-9]+|[a-fA-F0-9]{32}|)$"},
        "schema": {
            "type": "object",
            "required": ["fields"],
            "properties": {
                "fields": {"type": "array", "minItems": 1, "items": FIELD},
                "primaryKey": {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT},
                "missingValues": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
        },
    },
}
PACKAGE = {
    "type": "object",
    "required": ["profile", "resources"],
    "properties": {
        "profile": {"const": "tabular-data-package"},
        "name": NAME,
        "id": TEXT,
        "title": TEXT,
        "description": TEXT,
        "created": TEXT | {"format": "date-time"},
        "keywords": {"type": "array", "minItems": 1, "items": TEXT},
        "licenses": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"required": ["name"]}, {"required": ["path"]}]},
        },
        "contributors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["title"],
                "properties": {"role": {"enum": ["publisher", "author", "maintainer", "wrangler", "contributor"]}},
            },
        },
        "resources": {"type": "array", "minItems": 1, "items": RESOURCE},
    },
}
"""The rules of the published profiles tabular-data-package and tabular-data-resource (Frictionless, version 1)."""


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
    title = b"Laporan Kinerja Pengelolaan Pengaduan, Oktober 2026"
    assert b'<rdf:li xml:lang="x-default">' + title in drawn
    for said in (b"/Lang(id-ID)", b"/Marked true", b"/DisplayDocTitle true", b"/S/GTS_PDFA1", b"/AFRelationship/Data"):
        assert drawn.count(said) == 1, said
    assert b"/StructTreeRoot" in drawn
    assert b"(rows.json)" in drawn
    fonts = drawn.count(b"/Subtype/Type0")
    assert fonts == drawn.count(b"/FontFile2") == drawn.count(b"/ToUnicode") > 0, "all embedded, all readable as text"
    assert drawn.count(b"/S/Figure") == drawn.count(b"/Alt(") + drawn.count(b"/Alt<") > 0
    assert not any(forbidden in drawn for forbidden in (b"/Encrypt", b"/JavaScript", b"/Launch", b"/Movie"))


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


def test_the_description_of_the_open_data_keeps_to_the_specification(engine: Engine, tmp_path: Path):
    files = open_data(an_edition(engine, tmp_path), settings().report, a_wording())
    package = json.loads(files["datapackage.json"])
    jsonschema.validate(package, PACKAGE, jsonschema.Draft202012Validator, format_checker=jsonschema.FormatChecker())
    assert {resource["path"] for resource in package["resources"]} <= set(files)
    for resource in package["resources"]:
        schema, rows = resource["schema"], list(csv.DictReader(io.StringIO(files[resource["path"]].decode())))
        assert set(schema["primaryKey"]) <= {field["name"] for field in schema["fields"]}
        keys = [tuple(row[name] for name in schema["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys)
        for field in schema["fields"]:
            limits = field.get("constraints", {})
            values = [row[field["name"]] for row in rows]
            assert not limits.get("required") or all(values)
            assert all(float(value) >= limits["minimum"] for value in values if value and "minimum" in limits)


def test_what_is_private_is_in_no_open_data(engine: Engine, tmp_path: Path):
    edition = an_edition(engine, tmp_path)
    told = b"".join(open_data(edition, settings().report, a_wording()).values())
    assert b"narkoba" not in told
    assert b"bnn" not in told
    assert b"narkoba" in edition.rows.encode(), "the document counts it"
    assert b"AW-2611" not in told, "no case stands in it alone"
