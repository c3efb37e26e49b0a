from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.jobs.mails import LEASE, Mails, again_after
from dashboard.jobs.reports import BY_CALENDAR, Reports
from dashboard.mail.smtp import MailServer
from dashboard.reports.archive.period import Months
from dashboard.reports.archive.storage import ReportStorage
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import claim
from data.store.reports import mails, orders, revisions
from data.store.reports.mails import Mail
from data.store.reports.revisions import ReportFile, Revision
from tests.dashboard.mail.smtp_server import Mailbox, mail_server
from tests.dashboard.reports.months import MADE_AT, OCTOBER, OWNER, settings, some_cases
from tests.factories import calendars

SEPTEMBER = Months(date(2026, 9, 1), date(2026, 9, 30))
PDF, BOOK = "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def mailing(box: Mailbox) -> Config:
    report = settings().report.model_copy(update={"mail_to": ["a@kota.id"]})
    return replace(settings(), mail=box.settings(), report=report)


def made(engine: Engine, home: Path, box: Mailbox, by: str = BY_CALENDAR) -> None:
    """Order the report, and make it."""
    with writing(engine) as conn:
        orders.add(conn, OCTOBER.key(), "id", by, MADE_AT)
    Reports(mailing(box), Home(home, "", None), engine, calendars()).work(OWNER, lambda: MADE_AT)


def queued(engine: Engine, home: Path, months: Months = OCTOBER) -> None:
    """A mail with a report whose PDF is a short one."""
    digest = ReportStorage(home).put(f"%PDF of {months}".encode())
    with writing(engine) as conn:
        revision = Revision(0, months.key(), 1, 7, MADE_AT, "ab" * 32, "{}", MADE_AT, BY_CALENDAR)
        number = revisions.add(conn, revision)
        revisions.add_files(conn, [ReportFile(number, "id", "laporan.pdf", 9, digest)])
        mails.add(conn, number, "id", MADE_AT)


def work(engine: Engine, home: Path, box: Mailbox, minutes: float = 0, owner: str = OWNER) -> None:
    job = Mails(mailing(box), Home(home, "", None), engine, MailServer(box.settings(), home, {}, 2))
    job.work(owner, threading.Event(), lambda: MADE_AT + timedelta(minutes=minutes))


def stored(engine: Engine) -> list[Mail]:
    """The oldest first."""
    with reading(engine) as conn:
        return mails.newest(conn, 9)[::-1]


def test_the_report_of_the_calendar_is_mailed_once_with_its_files(engine: Engine, tmp_path: Path):
    some_cases(engine)
    with mail_server() as box:
        made(engine, tmp_path, box, by="ani")  # who has it at hand
        work(engine, tmp_path, box)
        assert box.taken == []
        made(engine, tmp_path, box)
        made(engine, tmp_path, box)  # the same revision
        work(engine, tmp_path, box)
        work(engine, tmp_path, box, 60)
    (mail,) = stored(engine)
    assert (mail.sent_at, mail.reason, mail.attempts) == (MADE_AT, None, 1)
    (taken,) = box.taken
    assert taken["Subject"].replace("\N{NO-BREAK SPACE}", " ") == "Laporan kinerja Oktober 2026, revisi 1"
    assert (taken["From"], taken["To"], taken["Auto-Submitted"]) == ("batt@kota.id", "a@kota.id", "auto-generated")
    parts = {part.get_filename(): part for part in taken.iter_attachments()}
    assert [part.get_content_type() for part in parts.values()] == [PDF, BOOK]
    assert parts["laporan-2026-10.pdf"].get_content().startswith(b"%PDF-1.7")


def test_mails_go_in_order_and_later_each_time_while_the_server_does_not_answer(engine: Engine, tmp_path: Path):
    with mail_server(answers={"MAIL": "451 later"}) as box:
        queued(engine, tmp_path)
        queued(engine, tmp_path, SEPTEMBER)
        work(engine, tmp_path, box)
        work(engine, tmp_path, box, 0.9)
        first, second = stored(engine)
        assert (first.attempts, first.next_at, second.attempts) == (1, MADE_AT + timedelta(minutes=1), 0)
        assert "mail.refused" in (first.reason or "")
        work(engine, tmp_path, box, 1)
        assert stored(engine)[0].next_at == MADE_AT + timedelta(minutes=3)
        box.answers.clear()
        work(engine, tmp_path, box, 3)
    assert ["2026-10" in str(each["Message-ID"]) for each in box.taken] == [True, False]
    assert [each.reason for each in stored(engine)] == [None, None]
    assert [again_after(n) for n in (1, 2, 7, 99)] == [timedelta(minutes=n) for n in (1, 2, 60, 60)]


def test_a_mail_that_is_refused_keeps_no_other_waiting_and_can_be_sent_again(engine: Engine, tmp_path: Path):
    with mail_server(answers={"DATA END": "552 too large"}) as box:
        queued(engine, tmp_path)
        work(engine, tmp_path, box)
        box.answers.clear()
        queued(engine, tmp_path, SEPTEMBER)
        work(engine, tmp_path, box)
        first, second = stored(engine)
        assert (first.refused_at, second.sent_at, second.reason) == (MADE_AT, MADE_AT, None)
        with reading(engine) as conn:
            assert [each.id for each in mails.failing(conn)] == [first.id]
        with writing(engine) as conn:
            for each in (first, second):
                mails.send_again(conn, each, MADE_AT)
        work(engine, tmp_path, box)
    assert [each.sent_at for each in stored(engine)] == [MADE_AT, MADE_AT]
    assert len(box.taken) == 2


def test_a_mail_whose_process_died_is_sent_by_another_with_the_same_id(engine: Engine, tmp_path: Path):
    with mail_server() as box:
        queued(engine, tmp_path)
        with writing(engine) as conn:  # it had taken the lease, and perhaps the server the mail
            claim(conn, LEASE, "elsewhere:7:other", MADE_AT, 60)
            mails.begin(conn, stored(engine)[0], MADE_AT + timedelta(minutes=1))
        work(engine, tmp_path, box, 0.5)
        assert box.taken == []
        work(engine, tmp_path, box, 1.1)
    assert [str(each["Message-ID"]).partition("-r1-id-")[0] for each in box.taken] == ["<laporan-2026-10"]
    assert stored(engine)[0].attempts == 2


def test_a_report_whose_files_are_gone_is_told(engine: Engine, tmp_path: Path):
    with mail_server() as box:
        queued(engine, tmp_path)
        for path in (tmp_path / "reports").rglob("*"):
            if path.is_file():
                path.write_bytes(b"other")
        work(engine, tmp_path, box)
    assert box.sessions == 0
    (mail,) = stored(engine)
    assert mail.refused_at == MADE_AT
    assert "mail.no_files" in (mail.reason or "")


@pytest.mark.both_engines
def test_a_mail_is_queued_once_with_the_report(engine: Engine, tmp_path: Path):
    queued(engine, tmp_path)
    with writing(engine) as conn:
        mails.add(conn, 1, "id", MADE_AT)
    (mail,) = stored(engine)
    assert (mail.revision_id, mail.lang, mail.queued_at, mail.next_at) == (1, "id", MADE_AT, MADE_AT)
