"""The recorded messages of BMKG, Canada, USGS and AtHoc."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shapely.geometry import shape

from data.domain.warnings.nouns import MessageType
from data.store.db.engine import Engine
from ingest.source import OutcomeKind
from ingest.sources.cap.records import raw_of, record_of
from ingest.warning_record import WarningRecord
from ingest.warnings.areas import warned_area
from tests.ingest.doors import NOW, ground
from tests.ingest.sources.cap.cap_messages import CAP
from tests.ingest.sources.cap.test_messages import Door
from tests.real_data import needs_real_data

pytestmark = needs_real_data
GORONTALO = ("bmkg-id-CGT20260924002_alert.xml", "bmkg-en-CGT20260924002_alert.xml")


def _record(name: str) -> WarningRecord:
    path = CAP / name
    return record_of(raw_of(path.read_bytes(), name.partition("-")[2].partition("-")[2] or name))


def test_gorontalo_is_one_warning_in_two_languages():
    first, second = map(_record, GORONTALO)
    assert first.key == second.key == f"CGT20260924002 {int(first.sent.timestamp())}"
    assert first.identifier == second.identifier == "2.49.0.1.360.0.2026.09.24.07.75.002"
    assert [first.infos[0].language, second.infos[0].language] == ["id", "en"]
    (info,) = first.infos
    assert len(info.polygons) == 4
    assert sum(map(len, info.polygons)) == 88
    assert info.polygons[0][0] == (0.919, 122.117)
    assert (info.effective, info.expires) == (
        datetime(2026, 9, 24, 7, 27, tzinfo=UTC),
        datetime(2026, 9, 24, 9, 27, tzinfo=UTC),
    )
    assert info.area == "Gorontalo"


def test_gorontalo_is_kept_once_and_not_for_the_city(engine: Engine, tmp_path: Path):
    door = Door(engine, tmp_path)
    for name in GORONTALO:
        raw = raw_of((CAP / name).read_bytes(), "CGT20260924002_alert.xml")
        (outcome,) = door.pipeline.write_each(door.source, [raw], NOW)
        assert outcome.kind in (OutcomeKind.NEW, OutcomeKind.UPDATED)
    (found,) = door.kept()
    assert set(found.words) == {"id", "en"}
    assert (found.is_for_city, found.villages, found.event) == (False, (), "hujan_lebat")
    assert "Badan Meteorologi" in found.sender_name


def test_bali_lies_south_of_the_equator():
    record = _record("bmkg-en-CBL20261010002_alert.xml")
    assert all(lat < 0 and lon > 100 for each in record.infos for corners in each.polygons for lat, lon in corners)


def test_canada_updates_two_in_two_languages_and_is_an_all_clear():
    record = _record("canada.cap")
    assert record.message_type is MessageType.UPDATE
    assert [each.identifier for each in record.references] == [
        "2.49.0.1.124.a3f342a4.2012",
        "2.49.0.1.124.60f31a3a.2012",
    ]
    assert record.references[0].sent == datetime(2012, 5, 2, 21, 45, 5, tzinfo=UTC)
    assert [each.language for each in record.infos] == ["en", "fr"]
    assert all(each.all_clear for each in record.infos)


def test_a_signed_cancel_has_no_info():
    record = _record("no_info_tag.cap")
    assert (record.message_type, record.infos) == (MessageType.CANCEL, ())
    (named,) = record.references
    assert named.sender == "AtHoc"
    assert named.sent == datetime(2016, 2, 25, 20, 32, 19, tzinfo=UTC)


def test_an_earthquake_in_latin_1_has_a_circle_of_radius_0():
    record = _record("earthquake-iso8859-1.cap")
    (info,) = record.infos
    assert "Usulután" in info.headline
    assert [each.radius_km for each in info.circles] == [0.0]
    assert info.effective is None
    assert info.expires is not None
    assert info.expires - record.sent == timedelta(days=7)


def test_where_bali_is_drawn_when_it_is_near():
    """The area of a recorded message, moved to the city: a valid shape, with the villages that it covers."""
    record = _record("bmkg-en-CBL20261010002_alert.xml")
    corners = [corner for each in record.infos for polygon in each.polygons for corner in polygon]
    lat0, lon0 = (sum(each[n] for each in corners) / len(corners) for n in (0, 1))
    moved = [
        [(lat - lat0 - 7.83, lon - lon0 + 112.53) for lat, lon in polygon]
        for each in record.infos
        for polygon in each.polygons
    ]
    area = warned_area(moved, (), ground())
    assert area.geometry is not None
    assert shape(area.geometry).is_valid
