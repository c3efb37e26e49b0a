"""CAP messages become warnings; what is none is told why; what is hostile harms nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.domain.reasons import Reason, decode_reason
from data.domain.warnings.nouns import PublicWarning, Severity
from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from data.store.queries.warnings.in_force import in_force, recent
from ingest.source import Outcome, OutcomeKind
from tests.factories import MINUTE, SISIR
from tests.ingest.doors import NOW, ground, pipeline
from tests.ingest.sources.cap.cap_messages import CENTRE, HOUR, a_source, alert, an_info, cancel

NEW, SAME, REJECTED = OutcomeKind.NEW, OutcomeKind.SAME, OutcomeKind.REJECTED


class Door:
    """Takes messages as if they were pushed."""

    def __init__(self, engine: Engine, home: Path, **more: Any) -> None:
        self.engine, self.source, self.pipeline = engine, a_source(engine, home, **more), pipeline(engine)
        self.outcomes: list[Outcome] = []

    def take(self, *bodies: bytes, now: Any = NOW) -> list[OutcomeKind]:
        found = list(self.pipeline.write_each(self.source, map(self.source.raw, bodies), now))
        self.outcomes += found
        return [each.kind for each in found]

    def why(self, body: bytes) -> str:
        """The code of the reason for which it is rejected."""
        assert self.take(body) == [REJECTED]
        found = decode_reason(self.outcomes[-1].reason)
        assert isinstance(found, Reason)
        return found.code

    def shown(self, now: Any = NOW) -> list[PublicWarning]:
        with reading(self.engine) as conn:
            return list(in_force(conn, now))

    def kept(self) -> list[PublicWarning]:
        with reading(self.engine) as conn:
            return list(recent(conn, 100))


@pytest.fixture
def door(engine: Engine, tmp_path: Path) -> Door:
    return Door(engine, tmp_path)


def test_a_message_becomes_a_warning(door: Door):
    assert door.take(alert()) == [NEW]
    (found,) = door.shown()
    assert (found.event, found.rank, found.severity, found.sender_name) == (
        "tanah_longsor",
        4,
        Severity.MODERATE,
        "BPBD Kota Batu",
    )
    assert (found.effective_at, found.expires_at, found.ends_at) == (NOW, NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert found.words["id"].headline == "Waspada tanah longsor"
    assert SISIR in found.villages
    assert len(found.villages) < 24
    assert found.geometry is not None


def test_the_same_again_changes_nothing(door: Door):
    assert door.take(alert(), alert()) == [NEW, SAME]


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft", "actual", ""])
def test_what_is_not_actual_is_never_shown_as_real(door: Door, status: str):
    assert door.why(alert(status=status)) == "warning.not_actual"
    assert door.kept() == []
    with reading(door.engine) as conn:
        assert len(list(waiting(conn, "uji", 10))) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (alert(scope="Restricted"), "warning.not_public"),
        (alert(msgType="Ack"), "warning.kind"),
        (alert(info=""), "warning.no_info"),
        (alert(info="", msgType="Cancel"), "warning.names_nothing"),
        (b"<html><body>Sebentar lagi</body></html>", "warning.no_cap"),
        (b"{}", "warning.bad_xml"),
        (b"", "warning.bad_xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><alert/>', "warning.encoding"),
        (b"<alert>\xff\xfe\xfa</alert>", "warning.encoding"),
        (alert(sent="kemarin"), "record.field"),
        (alert(sent="2026-11-24T11:00:00"), "record.field"),
        (alert(sent=NOW + timedelta(days=3)), "record.in_future"),
        (alert(identifier=""), "record.field"),
        (alert(identifier="x" * 201), "record.field"),
        (alert(info=an_info(expires="9999-12-31T23:59:59+00:00")), "record.field"),
        (alert(info=an_info(polygon="-7.89,112.51 -7.89,112.51 -7.89,112.51")), "warning.polygon"),
        (alert(info=an_info(polygon="-7.89 112.51 -7.85 112.55")), "warning.polygon"),
        (alert(info=an_info(polygon="nan,nan inf,1 2,3")), "warning.polygon"),
        (alert(info=an_info(polygon="200,300 201,300 201,301")), "warning.polygon"),
        (alert(info=an_info(polygon=None, circle="-7.87,112.53")), "warning.circle"),
        (alert(info=an_info(polygon=None, circle="-7.87,112.53 99999")), "record.field"),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_reason(door: Door, body: bytes, code: str):
    assert door.why(body) == code
    assert door.kept() == []


def test_entities_and_dtds_are_refused(door: Door):
    laughs = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
    for dtd in (laughs, outside):
        body = alert().decode().replace("?>", f"?>{dtd}", 1).encode()
        assert door.why(body) == "warning.xml_forbidden"


def test_an_update_takes_the_place_of_all_it_names_and_a_cancel_withdraws_all(door: Door):
    door.take(alert("1"), alert("2"), alert("3", msgType="Update", refs=("1", "2")))
    assert [each.identifier for each in door.shown()] == ["3"]
    door.take(cancel("4", "1", "3", "999"))
    assert door.shown() == []


def test_a_cancel_before_what_it_names_works_when_that_comes(door: Door):
    door.take(cancel("2", "1"), alert("1"))
    assert door.shown() == []
    assert [each.withdrawn_at for each in door.kept()] == [NOW]


def test_an_update_of_one_never_seen_is_shown(door: Door):
    door.take(alert("3", msgType="Update", refs=("1",)))
    assert [each.identifier for each in door.shown()] == ["3"]


def test_references_with_other_offsets_are_the_same_instant(door: Door):
    door.take(alert("1"))
    body = cancel("2", "1").decode().replace(NOW.isoformat(), "2026-11-24T11:00:00+07:00").encode()
    assert door.take(body) == [NEW]
    assert door.shown() == []


def test_what_had_ended_when_it_came_is_kept_and_not_shown(door: Door):
    door.take(alert(info=an_info(effective=NOW - 3 * HOUR, expires=NOW - HOUR)))
    assert door.shown() == []
    assert len(door.kept()) == 1


def test_without_an_end_it_ends_after_the_time_of_its_event(door: Door):
    door.take(alert(info=an_info(expires=None)))
    (found,) = door.shown()
    assert not found.is_end_known
    assert door.shown(NOW + 12 * HOUR - MINUTE) == [found]
    assert door.shown(NOW + 12 * HOUR) == []


def test_it_begins_when_it_is_sent_unless_it_says_when(door: Door):
    door.take(alert(info=an_info(effective=None)), alert("2", info=an_info(effective=NOW + HOUR)))
    assert [each.identifier for each in door.shown()] == ["1"]
    assert len(door.shown(NOW + HOUR)) == 2


def test_an_all_clear_ends_what_it_names(door: Door):
    over = an_info(responseType="AllClear")
    door.take(alert("1"), alert("2", msgType="Update", refs=("1",), info=over))
    assert door.shown() == []


def test_exchanged_coordinates_are_turned(door: Door):
    turned = " ".join(",".join(reversed(pair.split(","))) for pair in CENTRE.split())
    door.take(alert("1"), alert("2", info=an_info(polygon=turned)))
    straight, exchanged = door.shown()
    assert straight.villages == exchanged.villages


def test_a_polygon_that_crosses_itself_is_mended(door: Door):
    door.take(alert(info=an_info(polygon="-7.89,112.51 -7.85,112.55 -7.89,112.55 -7.85,112.51 -7.89,112.51")))
    assert SISIR in door.shown()[0].villages


def test_a_tangle_is_refused(door: Door):
    zigzag = " ".join(f"{-7.9 + (n % 2) * 0.1:.3f},{112.5 + (n * 37 % 1000) / 1e4:.4f}" for n in range(6000))
    assert door.why(alert(info=an_info(polygon=zigzag))) == "warning.tangle"


def test_an_open_polygon_is_closed(door: Door):
    door.take(alert(info=an_info(polygon=CENTRE.rpartition(" ")[0])))
    assert SISIR in door.shown()[0].villages


def test_a_circle_of_radius_0_touches_the_village_of_its_centre(door: Door):
    door.take(alert(info=an_info(polygon=None, circle="-7.8713,112.5267 0")))
    (found,) = door.shown()
    assert found.villages == (ground().place(-7.8713, 112.5267).village,)


def test_a_neighbours_border_does_not_touch_the_city(door: Door):
    west, south, _, north = ground().bounds()
    beside = f"{south},{west - 0.2} {north},{west - 0.2} {north},{west + 0.001} {south},{west + 0.001}"
    door.take(alert(info=an_info(polygon=beside)))
    assert door.shown() == []


def test_the_text_never_says_where_it_is(door: Door):
    islands = an_info(polygon="0.1,98.2 0.1,98.4 0.3,98.4 0.1,98.2", headline="Hujan lebat di PULAU-PULAU BATU")
    door.take(alert(info=islands), alert("2", info=an_info(area=False, description="Kota Batu")))
    assert door.shown() == []
    assert len(door.kept()) == 2


def test_without_an_area_it_is_about_the_whole_city_when_it_is_the_citys_own(engine: Engine, tmp_path: Path):
    door = Door(engine, tmp_path, own=True)
    door.take(alert(info=an_info(area=False)))
    (found,) = door.shown()
    assert (len(found.villages), found.geometry) == (24, None)


def test_both_languages_of_one_message_are_one_warning(door: Door):
    english = an_info(language="en-US", headline="Beware of landslides", event="Landslide")
    door.take(alert(info=an_info() + english))
    (found,) = door.shown()
    assert {lang: each.headline for lang, each in found.words.items()} == {
        "id": "Waspada tanah longsor",
        "en": "Beware of landslides",
    }
    assert found.words_in("fr")[0] == "id"


def test_of_several_infos_the_gravest_severity_and_the_whole_time_count(door: Door):
    more = an_info(severity="Extreme", expires=NOW + 5 * HOUR, effective=NOW - HOUR)
    door.take(alert(info=an_info() + more))
    (found,) = door.shown()
    assert (found.severity, found.effective_at, found.ends_at) == (Severity.EXTREME, NOW - HOUR, NOW + 5 * HOUR)


def test_words_that_cap_has_not_are_unknown_and_lose_no_warning(door: Door):
    door.take(alert(info=an_info(severity="Parah", urgency="Se gera!", certainty="")))
    (found,) = door.shown()
    assert (found.severity, found.urgency, found.certainty) == (Severity.UNKNOWN, "Unknown", "Unknown")


def test_markup_in_a_headline_stays_text_without_characters_that_turn_it(door: Door):
    door.take(alert(info=an_info(headline="<b>AWAS</b><script>alert(1)</script>\u202e\u0007 longsor")))
    assert door.shown()[0].words["id"].headline == "<b>AWAS</b><script>alert(1)</script> longsor"


def test_a_hundred_and_fifty_polygons_with_three_thousand_corners_are_one_area(door: Door):
    def square(n: int) -> str:
        lat, lon = -7.95 + (n // 15) * 0.02, 112.45 + (n % 15) * 0.01
        edge = [(lat + k * 0.0038, lon) for k in range(5)] + [(lat + 0.019, lon + k * 0.0019) for k in range(5)]
        edge += [(lat + 0.019 - k * 0.0038, lon + 0.0095) for k in range(5)]
        edge += [(lat, lon + 0.0095 - k * 0.0019) for k in range(6)]
        return " ".join(f"{a:.4f},{b:.4f}" for a, b in edge)

    shapes = "".join(f"<polygon>{square(n)}</polygon>" for n in range(150))
    info = an_info(polygon=None).replace("</areaDesc>", f"</areaDesc>{shapes}")
    assert door.take(alert(info=info)) == [NEW]
    assert len(door.shown()[0].villages) == 24


def test_two_hundred_at_once_are_all_taken(door: Door):
    assert door.take(*(alert(str(n)) for n in range(200))) == [NEW] * 200
    assert len(door.shown()) == 200


def test_a_rejected_message_that_comes_again_as_it_should_is_no_longer_rejected(door: Door):
    door.why(alert(status="Test"))
    door.take(alert())
    with reading(door.engine) as conn:
        assert list(waiting(conn, "uji", 10)) == []


def test_signatures_and_other_namespaces_are_passed_over(door: Door):
    body = alert().decode().replace("</alert>", '<x:status xmlns:x="urn:x">Test</x:status></alert>').encode()
    assert door.take(body) == [NEW]
