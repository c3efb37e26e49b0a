"""What another build of this software has found in a file is not understood: the file is looked through again."""

from __future__ import annotations

import json

import pytest

from data.store.db.engine import writing
from data.store.intake import uploads
from tests.ingest.doors import NOW
from tests.ingest.tabular.books import in_words
from tests.ingest.uploads.desk import Desk, results, rows, strange

GONE = "berkasnya tidak ada di BATT_HOME/uploads; unggah lagi (web dan jobs harus memakai BATT_HOME yang sama)"


def as_kept_before(desk: Desk, upload_id: str, state: str = "asking") -> None:
    """As a build keeps it that named the reasons of columns otherwise."""
    form = desk.get(upload_id).form
    assert form is not None
    told = json.loads(form)
    for proposal in told["proposals"]:
        proposal["why"] = proposal.pop("reason")
    with writing(desk.engine) as conn:
        values = {"state": state, "form": json.dumps(told), "error": "diska penuh" if state == "failed" else None}
        assert uploads.change(conn, upload_id, NOW, only_in={"asking"}, **values)


@pytest.mark.parametrize("state", ["asking", "failed", "queued", "importing"])
def test_it_is_looked_through_again_from_its_file_by_itself(desk: Desk, state: str):
    upload_id = desk.asked(strange("A-1", "A-2"))
    before = desk.look(upload_id)
    as_kept_before(desk, upload_id, state)
    after = Desk(desk.engine, desk.home)
    after.work()
    after.work()
    assert (after.state(upload_id), after.get(upload_id).error) == ("asking", None)
    assert after.look(upload_id) == before
    assert after.uploader.enqueue(upload_id, NOW)
    after.work()
    assert (after.state(upload_id), after.ids()) == ("done", ["A-1", "A-2"])


def test_an_import_that_was_cut_off_goes_on_where_it_came_to(quick_desk: Desk):
    upload_id = quick_desk.asked(rows(*range(250)))
    assert quick_desk.uploader.enqueue(upload_id, NOW)
    asked: list[object] = []
    quick_desk.work(stopping=lambda: bool(quick_desk.get(upload_id).done) and not asked.append(None))
    done = quick_desk.get(upload_id).done
    assert (quick_desk.state(upload_id), 0 < done < 250) == ("importing", True)
    form = quick_desk.get(upload_id).form
    assert form is not None
    with writing(quick_desk.engine) as conn:
        uploads.change(conn, upload_id, NOW, only_in={"importing"}, form=form.replace('"proposals"', '"reasons"'))
    for _ in range(2):
        quick_desk.work()
    assert quick_desk.state(upload_id) == "asking"
    assert quick_desk.uploader.enqueue(upload_id, NOW)
    quick_desk.work()
    assert (quick_desk.state(upload_id), results(quick_desk.get(upload_id))) == ("done", {"baru": 250})
    assert quick_desk.words(upload_id) == ["baru"] * 250


def test_when_its_file_is_gone_that_is_told_in_one_sentence(quick_desk: Desk):
    upload_id = quick_desk.asked(rows(1))
    as_kept_before(quick_desk, upload_id)
    quick_desk.uploader.storage.input(upload_id).unlink()
    after = Desk(quick_desk.engine, quick_desk.home)
    after.work()
    after.work()
    assert (after.state(upload_id), after.get(upload_id).form) == ("failed", None)
    assert in_words(after.get(upload_id).error) == GONE


def test_until_then_nothing_can_be_done_with_it_and_nothing_falls(quick_desk: Desk):
    upload_id = quick_desk.asked(rows(1))
    as_kept_before(quick_desk, upload_id)
    assert not quick_desk.uploader.enqueue(upload_id, NOW)
    assert quick_desk.uploader.inspect_again(upload_id, NOW, header_row=1)
    quick_desk.work()
    assert quick_desk.state(upload_id) == "asking"
    assert quick_desk.look(upload_id).rows == 1


def test_sentences_that_an_earlier_build_kept_are_told_as_they_are(quick_desk: Desk):
    upload_id = quick_desk.asked(rows(1))
    form = json.loads(quick_desk.get(upload_id).form or "")
    form |= {"warnings": ["Kolom tanpa judul: C."], "evidence": ["Judul kolom di baris 1."]}
    form["first"][0]["faults"] = {"1": "bilangan 9E99 bukan tanggal"}
    with writing(quick_desk.engine) as conn:
        assert uploads.change(conn, upload_id, NOW, only_in={"asking"}, form=json.dumps(form))
    look = quick_desk.look(upload_id)
    assert (look.warnings, look.evidence) == (("Kolom tanpa judul: C.",), ("Judul kolom di baris 1.",))
    assert look.first[0].faults == {1: "bilangan 9E99 bukan tanggal"}


def test_what_is_done_stays_as_it_is(quick_desk: Desk):
    upload_id = quick_desk.asked(rows(1))
    as_kept_before(quick_desk, upload_id, "done")
    after = Desk(quick_desk.engine, quick_desk.home)
    after.work()
    assert after.state(upload_id) == "done"
