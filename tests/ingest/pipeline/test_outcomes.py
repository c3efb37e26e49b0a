"""What becomes of awkward deliveries: every row of docs/outcomes.md, live and in bulk, on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from data.domain.cases.model import ActorKind, CaseState, EventKind, Precision
from data.store.cases import cases
from data.store.db.engine import Engine, reading, writing
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.source import Delivery, Raw
from tests.factories import BEJI, DAY, HOUR, MINUTE, NOW, SISIR, event, terms_for
from tests.ingest.sources.feed.feed import (
    FEED,
    LONG_AGO,
    SISIR_AT,
    Feed,
    a_payload,
    a_pipeline,
    changes,
    happened,
    how_many,
    its_events,
    its_kinds,
    recomputed_status,
    the_case,
)

ROOT = Path(__file__).resolve().parents[3]
OTHER = Feed(name="lain")


class Door:
    """Hands records to the real pipeline, `began` being when they were received at their source."""

    def __init__(self, engine: Engine, began: datetime, *, history: bool) -> None:
        self.engine, self.began, self._history = engine, began, history

    def at(self, after: timedelta) -> datetime:
        """A moment so long after receipt."""
        return self.began + after

    def raw(self, external_id: str = "1", **changes: Any) -> Raw:
        """One record."""
        return Raw(external_id, a_payload(external_id, **{"received_at": self.began} | changes))

    def take(self, *raws: Raw, source: Feed = FEED, now: datetime | None = None) -> list[str]:
        """One delivery; what became of each of its records."""
        delivery = Delivery(raws, "1", history=self._history)
        outcomes = a_pipeline(self.engine).write_delivery(source, delivery, now or self.began + 30 * DAY)
        reasons = [texts("id").stored_sentence(each.reason) for each in outcomes]
        return [f"{each.kind}: {why}" if why else each.kind for each, why in zip(outcomes, reasons, strict=True)]

    def say(self, external_id: str = "1", *, source: Feed = FEED, now: datetime | None = None, **changes: Any) -> str:
        """One record alone."""
        return self.take(self.raw(external_id, **changes), source=source, now=now)[0]

    def life(self, *kinds: str) -> list[dict[str, Any]]:
        """These events, an hour apart, by the agency on behalf of the source."""
        return [happened(kind, self.at(n * HOUR), agency="dpupr") for n, kind in enumerate(kinds, 1)]

    def as_known(self, external_id: str = "1") -> object:
        """Everything that is stored of a case."""
        return the_case(self.engine, external_id), its_events(self.engine, external_id)


@pytest.fixture(params=("live", "bulk"))
def door(request: pytest.FixtureRequest, engine: Engine) -> Door:
    """The live path and the bulk path, each on both kinds of database."""
    return Door(engine, LONG_AGO, history=request.param == "bulk")


@pytest.fixture
def state(engine: Engine) -> Callable[[], CaseState]:
    """Where the case stands, which must be what its events say."""

    def now() -> CaseState:
        status = the_case(engine).status
        assert status == recomputed_status(engine, now=LONG_AGO + 30 * DAY)
        return status.state

    return now


# Again, late, out of order.


def test_duplicate_the_same_delivery_twice_changes_nothing(door: Door):
    raws = [door.raw(str(n), events=door.life("dispatched", "resolved")) for n in range(3)]
    assert door.take(*raws) == ["new"] * 3
    before, fed = [door.as_known(str(n)) for n in range(3)], changes(door.engine)
    assert door.take(*raws) == ["same"] * 3
    assert [door.as_known(str(n)) for n in range(3)] == before
    assert changes(door.engine) == fed


def test_twice_in_one_delivery_is_one_case_with_all_that_both_tell(door: Door):
    first, second = door.raw(events=door.life("dispatched")), door.raw(events=door.life("dispatched", "resolved"))
    assert door.take(first, second) == ["new", "updated"]
    assert its_kinds(door.engine) == ["received", "dispatched", "resolved"]


def test_reordered_an_older_snapshot_after_a_newer_one_takes_nothing_back(door: Door):
    door.say(events=door.life("dispatched", "answered", "resolved"), text="Baru", updated_at=door.at(DAY))
    before = door.as_known()
    assert door.say(events=door.life("dispatched"), text="Lama", updated_at=door.at(HOUR)) == "older"
    assert door.say(events=door.life("dispatched"), text="Lama") == "older"
    assert door.as_known() == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_reordered_dated_snapshots_lead_to_the_same_case_in_any_order(door: Door, order: tuple[int, ...]):
    told = [
        {"category": "jalan_rusak", "text": "satu", "updated_at": door.began},
        {"category": "sampah", "text": "dua", "events": door.life("dispatched"), "updated_at": door.at(HOUR)},
        {"category": "sampah", "text": "tiga", "events": door.life("dispatched", "answered")},
    ]
    for n in order:
        door.say(**told[n])
    found = the_case(door.engine)
    assert (found.facts.category, found.facts.text, found.status.answered_at) == ("sampah", "tiga", door.at(2 * HOUR))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_reordered_dated_snapshots_that_differ_in_words_alone_lead_to_the_newest(door: Door, order: tuple[int, ...]):
    told = [
        {"text": "satu", "updated_at": door.began},
        {"text": "dua", "updated_at": door.at(HOUR)},
        {"text": "tiga", "updated_at": door.at(2 * HOUR)},
    ]
    for n in order:
        door.say(**told[n])
    facts = the_case(door.engine).facts
    assert (facts.text, facts.told_at) == ("tiga", door.at(2 * HOUR))


def test_reordered_a_snapshot_that_only_says_the_same_later_is_remembered(door: Door):
    door.say(text="satu", updated_at=door.began)
    before = its_events(door.engine)
    assert door.say(text="satu", updated_at=door.at(2 * HOUR)) == "same"
    assert door.say(text="dua", updated_at=door.at(HOUR)) == "older"
    assert (the_case(door.engine).facts.text, its_events(door.engine)) == ("satu", before)


def test_replayed_an_old_window_again_after_months_changes_nothing(door: Door):
    window = [door.raw(str(n), events=door.life("dispatched"), updated_at=door.at(HOUR)) for n in range(4)]
    door.take(*window)
    door.take(*(door.raw(str(n), events=door.life("dispatched", "closed"), updated_at=door.at(DAY)) for n in range(4)))
    before = [door.as_known(str(n)) for n in range(4)]
    assert door.take(*window, now=door.at(60 * DAY)) == ["same"] * 4
    assert [door.as_known(str(n)) for n in range(4)] == before


# Changed at the source.


def test_category_another_one_is_a_reclassification_routed_anew_while_nobody_has_it(door: Door):
    door.say()
    assert door.say(category="sampah", updated_at=door.at(DAY)) == "updated"
    told = its_events(door.engine)[-1]
    assert (told.kind, told.category, told.at) == (EventKind.RECLASSIFIED, "sampah", door.at(DAY))
    assert (the_case(door.engine).facts.category, the_case(door.engine).status.agency) == ("sampah", "dlh")


def test_category_by_words_stays_when_the_words_change(door: Door):
    door.say(category="lainnya", title="", text="Sampah menumpuk", updated_at=door.began)
    door.say(category="lainnya", title="", text="Jalan berlubang", updated_at=door.at(DAY))
    found = the_case(door.engine)
    assert (found.facts.category, found.facts.text, found.status.agency) == ("sampah", "Jalan berlubang", "dlh")
    assert its_kinds(door.engine) == ["received", "note"]


def test_category_of_an_emergency_without_words_of_it_is_not_critical(door: Door):
    door.say(category="longsor", title="", text="Mohon bantuan")
    assert (the_case(door.engine).facts.category, the_case(door.engine).facts.priority) == ("longsor", "high")
    assert its_kinds(door.engine) == ["received"]


def test_category_of_a_case_that_an_agency_holds_changes_and_the_agency_keeps_it(door: Door):
    door.say(events=door.life("dispatched"))
    door.say(events=door.life("dispatched"), category="sampah", updated_at=door.at(DAY))
    found = the_case(door.engine)
    assert (found.facts.category, found.status.agency, found.status.policy_version) == ("sampah", "dpupr", 2)
    assert found.status.held_at == door.at(HOUR)


@pytest.mark.parametrize("end", ["resolved", "closed", "rejected"])
def test_open_again_after_its_end_is_reopened_in_a_new_cycle(door: Door, end: str, state: Callable[[], CaseState]):
    dispatched, ended = [happened("dispatched", door.at(HOUR), agency="dpupr")], [happened(end, door.at(2 * HOUR))]
    door.say(events=dispatched + ended, updated_at=door.at(2 * HOUR))
    assert state() == end
    assert door.say(events=dispatched, updated_at=door.at(DAY)) == "updated"
    told, status = its_events(door.engine)[-1], the_case(door.engine).status
    assert (told.kind, told.at, told.actor) == (EventKind.REOPENED, door.at(DAY), FEED.name)
    assert (state(), status.cycle, status.open, status.agency) == (CaseState.DISPATCHED, 2, True, "dpupr")
    assert door.say(events=dispatched, updated_at=door.at(DAY)) == "same"
    assert door.say(events=dispatched + ended, updated_at=door.at(2 * HOUR)) == "same"  # the older one, late


def test_open_again_and_ended_again_with_the_old_date_of_its_end_is_over(door: Door, state: Callable[[], CaseState]):
    door.say(events=door.life("dispatched", "resolved"), updated_at=door.at(2 * HOUR))
    door.say(events=door.life("dispatched"), updated_at=door.at(DAY))
    door.say(events=door.life("dispatched", "resolved"), updated_at=door.at(2 * DAY))
    assert its_kinds(door.engine) == ["received", "dispatched", "resolved", "reopened", "resolved"]
    assert (state(), the_case(door.engine).status.resolved_at) == (CaseState.RESOLVED, door.at(2 * DAY))


def test_open_again_without_a_date_is_taken_for_an_older_snapshot(door: Door, state: Callable[[], CaseState]):
    door.say(events=door.life("dispatched", "resolved"))
    assert door.say(events=door.life("dispatched")) == "same"
    assert state() is CaseState.RESOLVED


def test_open_again_at_the_source_undoes_no_end_that_people_gave_it_here(door: Door):
    door.say(events=door.life("dispatched"))
    found = the_case(door.engine)
    with writing(door.engine) as conn:
        ended = event(EventKind.CLOSED, door.at(DAY), actor_kind=ActorKind.OPERATOR, actor="Rina")
        cases.append_events(conn, found.id, [ended], terms_for(found.facts), door.at(DAY))
    assert door.say(events=door.life("dispatched"), updated_at=door.at(2 * DAY)) == "same"
    assert the_case(door.engine).status.state is CaseState.CLOSED


def test_reopened_expressly_is_reopened_once(door: Door, state: Callable[[], CaseState]):
    again = door.life("dispatched", "resolved", "reopened")
    door.say(events=again[:2])
    door.say(events=again, updated_at=door.at(DAY))
    assert door.say(events=again, updated_at=door.at(DAY)) == "same"
    assert (its_kinds(door.engine).count(EventKind.REOPENED), state()) == (1, CaseState.DISPATCHED)


def test_agency_another_one_is_a_transfer(door: Door):
    door.say(agency="dpupr")
    assert door.say(agency="dlh", updated_at=door.at(DAY)) == "updated"
    told = its_events(door.engine)[-1]
    assert (told.kind, told.agency, told.at) == (EventKind.TRANSFERRED, "dlh", door.at(DAY))
    assert door.say(agency="dpupr", updated_at=door.at(HOUR)) == "same"
    assert the_case(door.engine).status.agency == "dlh"


def test_receipt_another_moment_leaves_the_first_and_a_note(door: Door):
    events = [happened("acknowledged", door.began, reason="undated")]
    door.say(agency="dpupr", events=events)
    due = the_case(door.engine).status.legal_due_at
    later = door.at(5 * HOUR)
    moved = {"agency": "dpupr", "events": [happened("acknowledged", later, reason="undated")], "received_at": later}
    assert door.say(**moved) == "updated"
    status, note = the_case(door.engine).status, its_events(door.engine)[-1]
    assert (status.received_at, status.legal_due_at) == (door.began, due)
    assert (note.kind, note.text) == (
        EventKind.NOTE,
        f"Waktu diterima menurut sumber kini {later:%Y-%m-%d %H:%M:%S%z}; yang pertama tetap berlaku.",
    )
    assert its_kinds(door.engine) == ["received", "dispatched", "acknowledged", "note"]
    assert door.say(**moved) == "same"


def test_text_corrected_follows_the_source_and_a_note_names_what(door: Door):
    door.say(address="Jl. Kartini", media_url="https://example.org/a.jpg")
    said = {"title": "Jalan amblas", "text": "Sudah amblas.", "address": "Jl. Kartini 7"}
    assert door.say(**said, updated_at=door.at(DAY)) == "updated"
    facts, note = the_case(door.engine).facts, its_events(door.engine)[-1]
    assert (facts.title, facts.text, facts.address) == tuple(said.values())
    assert facts.media_url == "https://example.org/a.jpg"  # not told: stays
    assert (note.kind, note.reason, note.at) == (EventKind.NOTE, "corrected", door.at(DAY))
    assert note.text == "Diperbaiki di sumber: judul, uraian, alamat."
    assert door.say(**said, updated_at=door.at(DAY)) == "same"
    assert door.say(title="", text="", updated_at=door.at(2 * DAY)) == "same"


def test_position_corrected_moves_the_case(door: Door):
    door.say(lat=None, lon=None, address="Kel. Sisir")
    assert the_case(door.engine).facts.precision == Precision.VILLAGE
    assert door.say(address="Desa Beji", lat=None, lon=None, updated_at=door.at(HOUR)) == "updated"
    assert the_case(door.engine).facts.village == BEJI
    assert door.say(address="Jl. Kartini, Desa Beji", lat=None, lon=None, updated_at=door.at(2 * HOUR)) == "updated"
    for n, worse in enumerate(("Kel. Sisir", "Kec. Batu", "di belakang pasar"), 3):
        door.say(address=worse, lat=None, lon=None, updated_at=door.at(n * HOUR))
        facts = the_case(door.engine).facts
        assert (facts.village, facts.precision) == (BEJI, Precision.STREET)
    assert door.say(address="Desa Beji", updated_at=door.at(DAY)) == "updated"
    facts = the_case(door.engine).facts
    assert (facts.lat, facts.lon, facts.village, facts.precision) == (*SISIR_AT, SISIR, Precision.EXACT)
    assert its_events(door.engine)[-1].text == "Diperbaiki di sumber: alamat, lokasi."
    assert door.say(lat=None, lon=None, address="Desa Beji", updated_at=door.at(2 * DAY)) == "same"  # known better
    assert door.say(lat=-7.9666, lon=112.6326, address="Desa Beji", updated_at=door.at(3 * DAY)) == "updated"
    assert (the_case(door.engine).facts.village, the_case(door.engine).facts.precision) == (None, Precision.OUTSIDE)


def test_kecamatan_corrected_moves_the_case_of_which_no_more_is_known(door: Door):
    nowhere = {"lat": None, "lon": None}
    door.say(**nowhere, address="Kec. Bumiaji")
    assert the_case(door.engine).facts.district == "35.79.02"
    assert door.say(**nowhere, address="Kec. Junrejo", updated_at=door.at(HOUR)) == "updated"
    facts = the_case(door.engine).facts
    assert (facts.precision, facts.village, facts.district) == (Precision.DISTRICT, None, "35.79.03")
    assert its_events(door.engine)[-1].text == "Diperbaiki di sumber: alamat, lokasi."
    door.say(**nowhere, address="Desa Beji", updated_at=door.at(DAY))
    assert (the_case(door.engine).facts.village, the_case(door.engine).facts.district) == (BEJI, None)


# Gone, hidden, twice.


def test_deleted_at_the_source_nothing_happens(door: Door):
    door.take(door.raw("1"), door.raw("2"))
    before = door.as_known("2")
    assert door.take(door.raw("1")) == ["same"]
    assert (door.as_known("2"), how_many(door.engine)) == (before, 2)


def test_withdrawn_expressly_is_a_note_and_people_decide(door: Door, state: Callable[[], CaseState]):
    door.say(events=door.life("dispatched"))
    withdrawn = {"kind": "note", "at": door.at(DAY), "reason": "withdrawn", "text": "Dicabut pelapor."}
    assert door.say(events=[*door.life("dispatched"), withdrawn]) == "updated"
    note = its_events(door.engine)[-1]
    assert (note.kind, note.reason, note.text) == (EventKind.NOTE, "withdrawn", "Dicabut pelapor.")
    assert (state(), the_case(door.engine).status.open) == (CaseState.DISPATCHED, True)


def test_private_turned_on_later_is_hidden_at_once_even_by_an_old_snapshot(door: Door):
    door.say(updated_at=door.at(DAY), events=door.life("dispatched"))
    assert door.say(private=True, updated_at=door.at(HOUR)) == "updated"
    assert the_case(door.engine).facts.private
    assert [each.text for each in its_events(door.engine) if each.reason == "private"] == ["Dirahasiakan oleh sumber."]
    assert ("note", 1) in changes(door.engine)  # every wall is drawn anew
    assert door.say(private=True, updated_at=door.at(HOUR)) == "same"


def test_private_turned_off_stays_hidden_until_a_person_decides(door: Door):
    door.say(private=True)
    assert door.say(private=False, updated_at=door.at(DAY)) == "same"
    assert door.say(private=False, category="sampah", updated_at=door.at(2 * DAY)) == "updated"
    assert the_case(door.engine).facts.private


def test_two_sources_with_the_same_id_have_two_cases(door: Door):
    assert (door.say(), door.say(source=OTHER)) == ("new", "new")
    assert how_many(door.engine) == 2


@pytest.mark.parametrize("history", [False, True], ids=["live", "bulk"])
def test_two_sources_that_tell_of_one_event_are_folded_when_fresh(engine: Engine, history: bool):
    door = Door(engine, NOW, history=history)
    tree = {"category": "pohon_tumbang", "reporter_phone": "0812"}
    assert door.say(**tree, now=NOW) == "new"
    assert door.say(source=OTHER, **tree, now=NOW + MINUTE) == "merged"
    with reading(engine) as conn:
        folded = cases.find(conn, OTHER.name, "1")
    assert folded is not None
    assert folded.facts.head_id == the_case(engine).id


# Impossible.


@pytest.mark.parametrize("end", ["resolved", "closed", "rejected"])
def test_closed_before_opened_is_refused_with_the_reason(door: Door, end: str):
    said = door.take(door.raw("1", events=[happened(end, door.at(-HOUR))]), door.raw("2"))
    assert said[1] == "new"
    for part in ("rejected: events.0.at", end, "mendahului waktu laporan diterima", "periksa keduanya"):
        assert part in said[0]
    with reading(door.engine) as conn:
        [kept] = waiting(conn)
    assert kept.record.external_id == "1"
    assert door.say("1", events=[happened(end, door.began)]) == "new"
    with reading(door.engine) as conn:
        assert waiting(conn) == []


def test_every_outcome_that_is_written_down_has_a_test_and_the_other_way_round():
    rows = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8").splitlines()
    named = {row.rsplit("`", 2)[1] for row in rows if row.startswith("|") and "`test_" in row}
    here = {name for name in globals() if name.startswith("test_")}
    assert named == here - {"test_every_outcome_that_is_written_down_has_a_test_and_the_other_way_round"}
