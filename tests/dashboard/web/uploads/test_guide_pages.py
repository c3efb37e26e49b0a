"""A table of small businesses at /unggahan: its columns, its first rows, and what is wrong in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dashboard.config.load import Config, load
from data.store.db.engine import reading
from data.store.guide import public
from tests.dashboard.web.conftest import Desk, told
from tests.dashboard.web.upload_user import UploadUser, an_upload_user, column, form_of
from tests.ingest.doors import ROOT
from tests.ingest.uploads.test_guide_uploads import a_workbook

SOURCE = "umkm_csv"


@pytest.fixture
def config(config: Config) -> Config:
    """With a source of businesses only."""
    whole = load(ROOT / "config.yaml", date(2026, 11, 24))
    sources = {SOURCE: whole.sources[SOURCE].model_copy(update={"enabled": True})}
    return replace(config, city=replace(config.city, guide=whole.city.guide), sources=sources)


@pytest.fixture
def user(desk: Desk) -> UploadUser:
    return an_upload_user(desk)


def asked(user: UploadUser) -> str:
    answer = user.post(a_workbook(), "umkm.xlsx", SOURCE)
    assert answer.status_code == 303, answer.text
    user.work()
    return str(answer.headers["Location"])


def test_its_columns_and_first_rows_are_told_in_the_guides_words(user: UploadUser):
    page = user.desk.get(asked(user))
    text = told(page)
    for words in ("Jam buka", "Tanggal persetujuan", "Warung Bu Uji", "Kuliner", "Sisir", "Tayang"):
        assert words in text
    assert "bukan nomor yang benar untuk nib" in text


def test_another_column_may_be_chosen_and_it_is_imported(user: UploadUser):
    page = asked(user)
    shown = user.desk.get(page)
    form = form_of(shown) | {column(shown, "No HP"): "", column(shown, "NIB"): ""}
    upload_id = page.partition("?")[0].rpartition("/")[2]
    user.desk.done(f"/unggahan/{upload_id}/pemetaan", **form)
    user.work()
    assert "bukan nomor yang benar" not in told(user.desk.get(page))
    user.desk.done(f"/unggahan/{upload_id}/impor")
    user.work()
    with reading(user.desk.app.engine) as conn:
        found = public.public_places(conn)
    assert {(each.name, each.phone) for each in found} == {
        ("Warung Bu Uji", None),
        ("Keripik Uji", None),
        ("Batik Uji", None),
    }
