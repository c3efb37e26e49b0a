"""What citizens read: who does what until when, in their language."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.messages.wording import UNTIL, Wording
from data.domain.cases.citizen_messages import MessageKind
from tests.dashboard.messages.receivers import a_message
from tests.factories import a_city

WORDING = Wording(a_city(), timedelta(days=14), "https://warga.example")


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("received", {}, "Laporan AW-2611-0007 kami terima, kami periksa paling lambat 24 Nov 15:07."),
        ("received", {"lang": "en"}, "will check it by 24 Nov 15:07."),
        ("received", {"due_at": None}, "Laporan AW-2611-0007 kami terima."),
        ("verified", {}, "sudah kami periksa: Sampah, Sisir."),
        ("dispatched", {"agency": "dlh"}, "kami teruskan kepada DLH, target 24 Nov 15:07."),
        ("answered", {"agency": "dlh", "text": "Besok kami datang"}, "Tanggapan DLH untuk AW-2611-0007: Besok kami"),
        ("completion", {"due_at": None, "text": "Foto?"}, "Foto? Mohon lengkapi sebelum 1 Des 14:07."),
        ("resolved", {"agency": "dlh", "text": "Bersih"}, "selesai: Bersih. Mohon nilai, atau pilih 'Belum selesai' "),
        ("resolved", {"agency": "dlh"}, "sampai 8 Des 14:07."),
        ("not_ours", {"authority": "PLN", "text": "Telepon 123"}, "bukan wewenang kami, melainkan PLN. Telepon 123."),
        ("not_ours", {"authority": "bnn"}, "melainkan Dinas BNN."),
        ("declined", {"agency": "dlh", "text": "Sudah rapi"}, "DLH sudah memeriksa AW-2611-0007: Sudah rapi."),
        ("reopened", {"agency": None}, "Ruang kendali menangani sampai"),
    ],
)
def test_a_message_says_who_does_what_until_when(kind: str, facts: dict[str, object], said: str):
    text = WORDING.text(a_message(kind=kind, **facts))
    assert said in text.body
    assert text.link == "https://warga.example/lapor/0123-4567-89AB-C"


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_kind_has_words_with_and_without_a_moment(lang: str):
    for kind in MessageKind:
        for due_at in {a_message().due_at, None} if kind in UNTIL else {None}:
            body = WORDING.text(a_message(kind=kind, lang=lang, due_at=due_at)).body
            assert "{" not in body
            assert "None" not in body


def test_a_private_report_is_told_of_without_what_it_is_about():
    secret = a_message(kind="answered", private=True, category="narkoba", agency="bnn", text="Bandar ditangkap")
    text = WORDING.text(secret)
    for hidden in ("BNN", "Narkoba", "Bandar"):
        assert hidden not in text.body + text.subject
    assert text.link is not None


def test_what_an_agency_wrote_cannot_ask_for_more_than_its_words():
    body = WORDING.text(a_message(kind="answered", agency="dlh", text="{code.__class__} {x}\n\n" + "a" * 5000)).body
    assert "{code.__class__} {x} a" in body
    assert len(body) < 1200


def test_who_is_asked_to_complete_a_report_reads_when_it_closes_by_itself():
    sampah = replace(a_city().categories["sampah"], closes_after=timedelta(days=5))
    city = replace(a_city(), categories={**a_city().categories, "sampah": sampah})
    wording = Wording(city, timedelta(days=14), "https://warga.example")
    asked = wording.text(a_message(kind="completion", due_at=None, text="Foto?")).body
    assert "Mohon lengkapi sebelum 29 Nov 14:07. Tanpa kabar dari Anda laporan ditutup dengan sendirinya." in asked
    closed = wording.text(a_message(kind="no_reply", due_at=None)).body
    assert "pilih 'Belum selesai' sampai 8 Des 14:07." in closed
