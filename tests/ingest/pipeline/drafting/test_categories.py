"""A record's category: what its source names stands; of what it leaves open the words decide, or nobody does."""

from __future__ import annotations

from functools import cache

import pytest

from dashboard.config.load import load
from data import clock
from data.domain.city.model import TRIAGE, City, Priority
from data.domain.reasons import Reason, decode_reason
from data.store.db.engine import Engine
from data.texts import LANGUAGES, texts
from ingest.pipeline.drafting.categories import CategoryChoice, CategoryChooser
from ingest.source import Record
from tests.code_checks import ROOT
from tests.factories import HOUR, NOW, a_city
from tests.ingest.sources.feed.feed import (
    a_payload,
    its_events,
    its_kinds,
    old,
    the_case,
    took,
)


@cache
def batu() -> City:
    """The city of config.yaml."""
    return load(ROOT / "config.yaml", clock.now().date()).city


def choose(
    category: str, text: str, city: City | None = None, *, fresh: bool = True, title: str = ""
) -> CategoryChoice:
    record = Record.model_validate(a_payload(category=category, text=text, title=title))
    return CategoryChooser(city or a_city()).choose(record, fresh=fresh)


def code_of(choice: CategoryChoice) -> str | None:
    told = decode_reason(choice.explanation) if choice.explanation else None
    return told.code if isinstance(told, Reason) else None


@pytest.mark.parametrize(
    ("text", "category", "agency"),
    [
        ("lampu jalan mati", "pju", None),
        ("Lampu jalan mati di depan sekolah dekat pasar", "pju", None),
        ("Saya ketemu teman di pasar dekat sekolah", "lainnya", None),
        ("Bencana!", "lainnya", None),
        ("Antrean di puskesmas lama sekali", "lainnya", "dinkes"),
    ],
)
def test_words_find_the_desk_of_what_nobody_named(text: str, category: str, agency: str | None):
    found = choose("lainnya", text, batu())
    assert (found.category.code, found.agency) == (category, agency)


@pytest.mark.parametrize("label", ["bencana", "banjir", "Tanah Longsor"])
def test_another_word_for_an_emergency_makes_none_without_words_of_it(label: str):
    found = choose(label, "Mohon bantuan di desa kami", batu())
    assert (found.category.code, found.priority, found.stated) == ("lainnya", Priority.NORMAL, "longsor")
    assert choose(label, "Tebing di belakang rumah longsor", batu()).priority is Priority.CRITICAL


@pytest.mark.parametrize(
    ("text", "priority", "code"),
    [
        ("Tebing longsor menutup jalan", Priority.CRITICAL, None),
        ("Mohon ditindaklanjuti", Priority.HIGH, "words.unconfirmed"),
        ("", Priority.HIGH, "words.unconfirmed"),
        ("Sampah menumpuk", Priority.HIGH, "words.unconfirmed_differs"),
    ],
)
@pytest.mark.parametrize("fresh", [True, False])
def test_an_emergency_by_its_name_is_kept_and_critical_only_by_words(
    text: str, priority: Priority, code: str | None, fresh: bool
):
    found = choose("longsor", text, fresh=fresh)
    assert (found.category.code, found.priority, code_of(found)) == ("longsor", priority, code)


def test_a_title_that_repeats_the_label_is_no_word_of_the_reporter():
    assert choose("longsor", "", title="Longsor").priority is Priority.HIGH
    assert choose("longsor", "", title="Tebing longsor").priority is Priority.CRITICAL


@pytest.mark.parametrize(
    ("text", "fresh", "code"),
    [
        ("Sampah menumpuk", True, "words.differs"),
        ("Sampah menumpuk", False, None),
        ("Lubang penuh sampah", True, None),
        ("Mohon bantuan", True, None),
    ],
)
def test_the_category_that_a_citizen_chose_stands_with_what_the_words_say_beside_it(
    text: str, fresh: bool, code: str | None
):
    found = choose("jalan_rusak", text, fresh=fresh)
    assert (found.category.code, found.priority, code_of(found)) == ("jalan_rusak", Priority.NORMAL, code)


@pytest.mark.parametrize("category", ["lainnya", "jalan_rusak", "tidak dikenal"])
@pytest.mark.parametrize(("text", "private"), [("ada yang jual sabu", True), ("lubang", False)])
def test_words_of_a_private_category_hide_the_case_whatever_it_counts_as(category: str, text: str, private: bool):
    found = choose(category, text)
    assert (found.private or found.category.private) is private


def test_words_lead_to_category_policy_priority_and_agency(engine: Engine):
    took(engine, category="lainnya", title="", text="Tebing longsor di belakang rumah")
    found = the_case(engine)
    assert (found.facts.category, found.facts.policy, found.facts.priority) == ("longsor", "darurat", "critical")
    assert its_kinds(engine) == ["received", "dispatched"]


def test_what_is_not_clear_goes_to_triage_and_the_receipt_keeps_the_proposals(engine: Engine):
    took(engine, category="lainnya", title="", text="Sampah menumpuk. Jalan berlubang.")
    assert the_case(engine).status.agency == TRIAGE
    explanation = its_events(engine)[0].text or ""
    for lang in LANGUAGES:
        assert "sampah" in texts(lang).stored_sentence(explanation)
        assert "jalan_rusak" in texts(lang).stored_sentence(explanation)


def test_an_emergency_by_label_alone_waits_for_a_person(engine: Engine):
    took(engine, category="longsor", title="", text="Mohon bantuan")
    assert (the_case(engine).facts.priority, its_kinds(engine)) == ("high", ["received"])


def test_a_history_keeps_priority_and_proposals_as_a_live_record_does(engine: Engine):
    took(engine, "live", category="longsor", title="", text="Mohon bantuan")
    live = the_case(engine, "live").facts.priority, its_events(engine, "live")[0].text
    from tests.ingest.pipeline.test_batch import took as took_history

    took_history(engine, old("bulk", category="longsor", title="", text="Mohon bantuan"))
    assert (the_case(engine, "bulk").facts.priority, its_events(engine, "bulk")[0].text) == live


def test_other_words_of_the_same_source_change_no_category(engine: Engine):
    took(engine, category="lainnya", title="", text="Sampah menumpuk", updated_at=NOW)
    took(engine, now=NOW + HOUR, category="lainnya", title="", text="Jalan berlubang", updated_at=NOW + HOUR)
    assert (the_case(engine).facts.category, its_kinds(engine)) == ("sampah", ["received", "note"])


def test_a_category_that_the_source_names_later_counts_and_back_again(engine: Engine):
    said = ("lainnya", "jalan_rusak", "lainnya", "lainnya")
    for hour, category in enumerate(said):
        took(engine, now=NOW + hour * HOUR, category=category, title="", text="Sampah menumpuk")
    assert its_kinds(engine) == ["received", "reclassified", "reclassified"]
    assert the_case(engine).facts.category == "sampah"


def test_a_category_stored_before_words_were_read_is_kept(engine: Engine):
    took(engine, category="lainnya", title="", text="Mohon bantuan", updated_at=NOW)
    took(engine, now=NOW + HOUR, category="lainnya", title="", text="Sampah menumpuk", updated_at=NOW + HOUR)
    assert the_case(engine).facts.category == "lainnya"


def test_an_emergency_named_later_without_words_is_not_critical(engine: Engine):
    took(engine, title="", text="Mohon bantuan")
    took(engine, now=NOW + HOUR, category="longsor", title="", text="Mohon bantuan")
    assert (the_case(engine).facts.priority, its_kinds(engine)) == ("high", ["received", "reclassified"])
