"""What mappings understand for the sake of spreadsheets: serial days, names of days, both degrees in one column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ingest.source import Unreadable
from ingest.tabular.mapping.columns import MappingSettings, PositionSettings
from ingest.tabular.mapping.datetimes import EXCEL, ISO, Moments, NoMoment
from ingest.tabular.mapping.mapping import TableMapping


@pytest.mark.parametrize(
    ("text", "at", "timed"),
    [
        ("46094", datetime(2026, 3, 12, 17, tzinfo=UTC), False),
        ("46094.5", datetime(2026, 3, 13, 5, tzinfo=UTC), True),
        ("46094,25", datetime(2026, 3, 12, 23, tzinfo=UTC), True),
    ],
)
def test_serial_days_are_read_as_a_spreadsheet_means_them(text: str, at: datetime, timed: bool):
    assert Moments((EXCEL,), "Asia/Jakarta").read(text) == (at, timed)


@pytest.mark.parametrize("text", ["460", "1234567", "46094.", "-46094", "abc", "46094 08:30"])
def test_what_is_no_serial_day_is_none(text: str):
    with pytest.raises(NoMoment, match="46112"):
        Moments((EXCEL,), "Asia/Jakarta").read(text)


def test_the_name_of_the_day_is_read_over():
    moments = Moments(("%A, %d %b %Y",), "UTC")
    assert {moments.read(f"{day}, 13 Maret 2026").at for day in ("Jumat", "Jum'at", "Friday")} == {
        datetime(2026, 3, 13, tzinfo=UTC)
    }


def test_a_time_with_a_dot_is_not_taken_for_a_fraction_of_a_second():
    assert Moments((ISO, "%Y-%m-%d %H.%M"), "UTC").read("2026-03-13 08.30").at == datetime(
        2026, 3, 13, 8, 30, tzinfo=UTC
    )
    with pytest.raises(NoMoment):
        Moments((ISO,), "UTC").read("2026-03-13 08.30")


def mapping(**changes: Any) -> TableMapping:
    plain: dict[str, Any] = {
        "times": {"formats": ["iso"], "zone": "UTC"},
        "id": "nomor",
        "received": "tanggal",
        "category": {"constant": "sampah"},
        "position": {"pair": "titik"},
    }
    return TableMapping(MappingSettings.model_validate(plain | changes))


def row(**changes: str) -> dict[str, str]:
    return {"nomor": "1", "tanggal": "2026-03-13", "titik": ""} | changes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-7.87, 112.52", (-7.87, 112.52)),
        ("-7,87; 112,52", (-7.87, 112.52)),
        ("(-7.87,112.52)", (-7.87, 112.52)),
        ("-7.87 112.52", (-7.87, 112.52)),
        ("112.52, -7.87", (-7.87, 112.52)),
        ("https://maps.test/?q=-7.87,112.52", (-7.87, 112.52)),
        ("0,0", (None, None)),
        ("", (None, None)),
        ("-", (None, None)),
    ],
)
def test_both_degrees_in_one_column_are_a_position(text: str, expected: tuple[float | None, float | None]):
    record = mapping().read(row(titik=text))
    assert (record.lat, record.lon) == expected


@pytest.mark.parametrize("text", ["abc", "1", "-7.87", "1 2 3", "200, 300", "91.5, 112.5", "-7.871.234, 112.5"])
def test_what_is_no_position_is_refused_with_its_column(text: str):
    with pytest.raises(Unreadable, match=r"kolom titik: .* contoh: -7.8712, 112.5271"):
        mapping().read(row(titik=text))


@pytest.mark.parametrize(
    "settings", [{}, {"lat": "a"}, {"lon": "b"}, {"lat": "a", "lon": "b", "pair": "c"}, {"lat": "a", "pair": "c"}]
)
def test_a_position_comes_from_two_columns_or_from_one(settings: dict[str, str]):
    with pytest.raises(ValidationError, match="needs either the columns"):
        PositionSettings.model_validate(settings)


def test_the_column_of_both_is_one_that_the_mapping_names():
    assert mapping().columns == ("tanggal", "nomor", "titik")
    assert mapping().unique == ("nomor",)


def test_everything_that_is_wrong_with_a_row_is_told():
    status = {"column": "status", "values": {"Baru": []}}
    table = mapping(id={"column": "nomor", "required": True}, status=status)
    told = [str(fault) for fault in table.faults({"nomor": "", "tanggal": "x", "titik": "y", "status": "z"})]
    assert [text.split(":")[0] for text in told] == ["kolom nomor", "kolom tanggal", "kolom titik", "kolom status"]
    assert list(table.faults(row(status="Baru"))) == []
