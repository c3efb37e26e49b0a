"""A mapping as a form shows it and as it comes back: what nobody touched stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dashboard.config.load import load
from dashboard.web.uploads.form import KEEP, Chosen, chosen_in, chosen_of, name_of
from dashboard.web.uploads.mapping import InvalidMapping, mapping_from
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.mapping import TableMapping
from tests.code_checks import ROOT

CONFIG = load(ROOT / "config.yaml", date(2026, 11, 24))
MAPPINGS = {name: it.mapping for name, it in CONFIG.sources.items() if hasattr(it, "mapping")}
AGENCY = MAPPINGS["opd_csv"]
COLUMNS = TableMapping(AGENCY).columns


def sent(chosen: Chosen) -> dict[str, str]:
    """What a browser sends of a form that shows this."""
    form = {name_of("column", str(n)): field for n, field in enumerate(chosen.fields.values())}
    form |= {name_of(kind, value): ours for kind, each in chosen.values.items() for value, ours in each.items()}
    form |= {"agency_for_all": chosen.agency_for_all or "-"}
    form |= {"order": "month" if chosen.month_first else "day", "decimal": chosen.decimal, "more": chosen.more}
    return form | ({"with_date": "on"} if chosen.with_date else {})


def changed(columns: tuple[str, ...] = COLUMNS, /, **fields: str) -> MappingSettings:
    """The agencies' mapping with other fields chosen for some columns."""
    chosen = chosen_of(AGENCY, columns)
    return mapping_from(AGENCY, replace(chosen, fields={**chosen.fields, **fields}), CONFIG.city)


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_form_that_nobody_touched_changes_nothing(name: str):
    mapping = MAPPINGS[name]
    columns = TableMapping(mapping).columns
    shown = chosen_of(mapping, columns)
    assert all(shown.fields.values())
    assert chosen_in(sent(shown), columns) == shown
    assert mapping_from(mapping, shown, CONFIG.city) == mapping


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_table_that_spells_its_columns_otherwise_changes_nothing_either(name: str):
    mapping = MAPPINGS[name]
    columns = [column.upper() for column in TableMapping(mapping).columns]
    assert mapping_from(mapping, chosen_of(mapping, columns), CONFIG.city) == mapping


def test_columns_of_the_mapping_that_a_table_lacks_stay_optional():
    columns = tuple(column for column in COLUMNS if column not in ("waktu", "status", "lintang", "bujur"))
    assert mapping_from(AGENCY, chosen_of(AGENCY, columns), CONFIG.city) == AGENCY


@pytest.mark.parametrize(
    ("fields", "part", "expected"),
    [
        ({"uraian": "", "lain": "text"}, "text", ("lain",)),
        ({"lain": "text"}, "text", ("uraian", "lain")),
        ({"judul": ""}, "title", None),
        ({"nomor": "", "lain": "id"}, "id", ("lain",)),
        ({"nomor": ""}, "id", ("tanggal", "waktu", "alamat")),
        ({"kategori": "", "lain": "category"}, "category", ("lain",)),
        ({"opd": "", "lain": "agency"}, "agency", ("lain",)),
    ],
)
def test_a_field_is_read_from_the_column_that_was_chosen(fields: dict[str, str], part: str, expected: Any):
    pick = getattr(changed((*COLUMNS, "lain"), **fields), part)
    assert (pick and pick.columns) == expected


def test_a_report_without_a_column_for_its_category_is_of_the_others():
    assert changed(kategori="").category.constant == "lainnya"


def test_dates_are_read_from_the_columns_that_were_chosen():
    made = changed((*COLUMNS, "jam"), waktu="", jam="time")
    assert made.received == ("tanggal", "jam")
    assert changed((*COLUMNS, "masuk"), tanggal="", masuk="received").received == ("masuk", "waktu")


def test_a_running_number_is_joined_with_its_date():
    made = mapping_from(AGENCY, replace(chosen_of(AGENCY, COLUMNS), with_date=True), CONFIG.city)
    assert made.id.columns == ("tanggal", "waktu", "nomor")
    shown = chosen_of(made, COLUMNS)
    assert shown.with_date
    assert shown.fields["nomor"] == "id"
    assert mapping_from(made, replace(shown, with_date=False), CONFIG.city).id == AGENCY.id


def test_another_column_for_the_day_of_completion_keeps_what_each_status_says():
    made = changed((*COLUMNS, "tutup"), tanggal_selesai="", tutup="done")
    assert made.status == AGENCY.status
    assert made.events["selesai"].at == ("tutup",)
    assert made.events["diterima_opd"] == AGENCY.events["diterima_opd"]
    undated = changed(tanggal_selesai="")
    assert (undated.events["selesai"].at, undated.events["selesai"].reason) == (("received",), "undated")


def test_another_column_for_the_day_of_completion_keeps_why_a_case_was_not_worked_on():
    columns = (*COLUMNS, "keadaan", "tutup")
    old = changed(columns, status="", keadaan="status")
    chosen = chosen_of(old, columns)
    fields = {**chosen.fields, "tanggal_selesai": "", "tutup": "done"}
    made = mapping_from(old, replace(chosen, fields=fields), CONFIG.city)
    assert {old.events[name].reason for name in ("duplikat", "bukan_wewenang")} == {"duplicate", "not_ours"}
    assert {name: event.reason for name, event in made.events.items()} == {
        name: event.reason for name, event in old.events.items()
    }
    assert {name: event.undated for name, event in made.events.items()} == {
        name: event.undated for name, event in old.events.items()
    }


def test_another_column_for_the_status_brings_the_statuses_that_are_known():
    made = changed((*COLUMNS, "tahap"), status="", tahap="status")
    assert made.status is not None
    assert made.status.column == "tahap"
    assert made.status.values["tuntas"] == ("diterima_opd", "selesai")
    gone = changed(status="", tanggal_selesai="", catatan="")
    assert (gone.status, gone.events) == (None, {})


def test_the_first_answer_is_an_event_of_every_row_that_dates_one():
    made = changed((*COLUMNS, "ditanggapi"), ditanggapi="answered")
    assert made.always == ("ditanggapi",)
    assert (made.events["ditanggapi"].kind, made.events["ditanggapi"].at) == ("answered", ("ditanggapi",))
    assert made.events["ditanggapi"].optional
    assert (made.status, made.events["selesai"]) == (AGENCY.status, AGENCY.events["selesai"])
    shown = chosen_of(made, (*COLUMNS, "ditanggapi"))
    assert shown.fields["ditanggapi"] == "answered"
    other = replace(shown, fields={**shown.fields, "status": "", "tanggal_selesai": "", "catatan": ""})
    assert mapping_from(made, other, CONFIG.city).always == ("ditanggapi",)
    gone = mapping_from(made, replace(shown, fields={**shown.fields, "ditanggapi": ""}), CONFIG.city)
    assert (gone.always, gone.events) == ((), AGENCY.events)


def test_all_rows_belong_to_the_agency_that_was_chosen():
    shown = chosen_of(AGENCY, COLUMNS)
    made = mapping_from(AGENCY, replace(shown, agency_for_all="dlh"), CONFIG.city)
    assert made.agency_for_all == "dlh"
    assert chosen_of(made, COLUMNS).agency_for_all == "dlh"
    assert mapping_from(made, replace(shown, agency_for_all=None), CONFIG.city).agency_for_all == "dlh"
    assert mapping_from(made, replace(shown, agency_for_all=""), CONFIG.city) == AGENCY
    with pytest.raises(InvalidMapping, match=r"unfit\.agency"):
        mapping_from(AGENCY, replace(shown, agency_for_all="gaib"), CONFIG.city)


def test_words_for_a_status_are_told_by_the_events_that_the_mapping_has():
    lapor = MAPPINGS["sp4n_lapor"]
    columns = TableMapping(lapor).columns
    shown = chosen_of(lapor, columns)
    assert KEEP in shown.values["status"].values()
    said = {**shown.values["status"], "Beres": "refused"}
    made = mapping_from(lapor, replace(shown, values={**shown.values, "status": said}), CONFIG.city)
    assert made.status is not None
    assert made.status.values["Beres"] == ("archived",)
    assert {key: made.status.values[key] for key in lapor.status.values} == lapor.status.values


def test_words_for_a_category_are_added_changed_and_taken_out():
    shown = chosen_of(AGENCY, COLUMNS)
    words = {"got": "sampah", "lubang": "jalan_rusak"}
    made = mapping_from(AGENCY, replace(shown, values={"category": words}), CONFIG.city)
    assert (made.category.values, made.category.otherwise) == (words, "=")
    words = {"GOT": "longsor", "lubang": ""}
    assert mapping_from(made, replace(shown, values={"category": words}), CONFIG.city).category.values == {
        "GOT": "longsor"
    }


def test_day_and_month_change_places_where_they_can_be_mistaken():
    shown = chosen_of(AGENCY, COLUMNS)
    assert not shown.month_first
    made = mapping_from(AGENCY, replace(shown, month_first=True, more="%d.%m.%Y"), CONFIG.city)
    assert made.times.formats[:3] == ("%d.%m.%Y", "iso", "%m/%d/%Y %H:%M")
    assert "%d %b %Y" in made.times.formats
    assert mapping_from(made, replace(chosen_of(made, COLUMNS), month_first=False), CONFIG.city).times.formats[1:] == (
        AGENCY.times.formats
    )


def test_coordinates_are_two_columns_or_one():
    columns = (*COLUMNS, "titik")
    made = changed(columns, lintang="", bujur="", titik="position")
    assert made.position is not None
    assert made.position.pair == "titik"
    assert made.position.decimal == ","
    assert changed(lintang="", bujur="").position is None
    for fields in ({"lintang": ""}, {"titik": "position"}, {"tanggal": ""}, {"titik": "village"}, {"status": ""}):
        with pytest.raises(InvalidMapping):
            changed(columns, **fields)


def test_a_form_says_only_what_it_can():
    form = {"c0": "id", "c1": "__class__", "v:category:x": "sampah", "more": "%Q", "decimal": "x", "order": "?"}
    made = chosen_in(form, ["a", "b", "c"])
    assert made.fields == {"a": "id", "b": "", "c": ""}
    assert (made.more, made.decimal, made.month_first, made.with_date) == ("", ".", False, False)
    assert made.values["category"] == {"x": "sampah"}
