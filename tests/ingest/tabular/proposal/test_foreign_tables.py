"""Of tables of other cities, in other languages, most columns are proposed right before anybody touches the form."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.tabular.detection.inspect import inspect
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.proposal.proposal import propose
from tests.ingest.doors import config
from tests.ingest.tabular.proposal.foreign_tables import (
    ENGLISH,
    FRENCH,
    PORTUGUESE,
    SPANISH,
    City,
    export,
    fields_of,
)
from tests.real_data import RECORDINGS, needs_real_data

BALTIMORE: dict[str, str | None] = {
    "SRRecordID": None,
    "ServiceRequestNum": "id",
    "SRType": "category",
    "MethodReceived": None,
    "CreatedDate": "received",
    "SRStatus": "status",
    "StatusDate": "updated",
    "DueDate": "promised",
    "CloseDate": "done",
    "Agency": "agency",
    "LastActivity": None,
    "LastActivityDate": "updated",
    "Outcome": "note",
    "Address": "address",
    "ZipCode": None,
    "Neighborhood": "village",
}
"""The first 16 columns of Baltimore's export."""


def fields(path: Path) -> dict[str, str | None]:
    found = propose(inspect(path, path.name), config().city)
    MappingSettings.model_validate(found.mapping)
    return {each.column: each.field for each in found.columns}


def count_right(name: str, found: dict[str, str | None], expected: dict[str, str | None]) -> int:
    """Printed, to be seen with `pytest -s`."""
    wrong = {column: (found[column], field) for column, field in expected.items() if found[column] != field}
    print(f"{name}: {len(expected) - len(wrong)} of {len(expected)} columns; wrong: {wrong}")
    return len(expected) - len(wrong)


def test_of_an_english_export_of_sixteen_columns_at_least_fourteen_are_right(tmp_path: Path):
    assert len(ENGLISH.columns) == 16
    assert count_right("English", fields(export(tmp_path / "a.csv", ENGLISH)), fields_of(ENGLISH)) >= 14


@pytest.mark.parametrize(
    ("city", "least"), [(SPANISH, 16), (PORTUGUESE, 11), (FRENCH, 10)], ids=["Spanish", "Portuguese", "French"]
)
def test_so_are_most_of_one_in_a_language_whose_names_are_not_known(tmp_path: Path, city: City, least: int):
    assert count_right("third language", fields(export(tmp_path / "a.csv", city)), fields_of(city)) >= least


@pytest.mark.parametrize("city", [ENGLISH, SPANISH, PORTUGUESE, FRENCH], ids=["en", "es", "pt", "fr"])
def test_by_content_alone_two_thirds_are_right(tmp_path: Path, city: City):
    bare = replace(city, columns={f"k{n}": field for n, field in enumerate(city.columns.values())})
    expected = {
        column: None if field in ("village", "promised") else field for column, field in fields_of(bare).items()
    }
    assert count_right("nameless", fields(export(tmp_path / "a.csv", bare)), expected) >= len(expected) * 2 / 3


def test_links_to_pages_are_no_field_and_a_due_date_is_a_promise_where_its_name_is_known(tmp_path: Path):
    for city, promise in ((ENGLISH, "promised"), (SPANISH, None)):
        found = fields(export(tmp_path / "a.csv", city))
        others = {field.strip("-"): column for column, field in city.columns.items()}
        assert (found[others["page"]], found[others["promised"]]) == (None, promise)


@needs_real_data
def test_so_are_those_of_baltimore(tmp_path: Path):
    with (RECORDINGS / "baltimore_311.csv").open(encoding="utf-8", newline="") as file:
        rows = [row[:16] for row in csv.reader(file)]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert count_right("Baltimore", fields(tmp_path / "a.csv"), BALTIMORE) >= 14
