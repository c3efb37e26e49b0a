"""Sends the queued mails with reports: one after the other, each again until the mail server takes it or refuses it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog

from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.mail.smtp import MailDown, MailRefused, MailServer
from dashboard.reports.archive.storage import ReportStorage
from dashboard.reports.mail import report_mail
from data.domain.reasons import encode_reason, reason
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import release
from data.store.reports import mails, revisions
from data.store.reports.mails import Mail
from ingest.runtime.leases import claim_or_take_over, kept_renewed

log = structlog.get_logger(__name__)
LEASE, LEASE_S = "report mail", 60.0
FIRST_AGAIN, LAST_AGAIN = timedelta(minutes=1), timedelta(hours=1)
"""How long after a failed try the next one is: twice as long each time."""


class Mails:
    """The job."""

    def __init__(self, config: Config, home: Home, engine: Engine, server: MailServer) -> None:
        """config: with `mail` and `report.mail_to`."""
        self._config, self._home, self._engine, self._server = config, home, engine, server

    def work(self, owner: str, stopping: threading.Event, now: Callable[[], datetime]) -> None:
        """Send what is due, in order; what waits after a failed try keeps the later ones waiting. Raises StoreDown."""
        while not stopping.is_set() and self._is_due(now()):
            mail = self._begun(owner, now())
            if mail is None:
                return
            try:
                with kept_renewed(self._engine, LEASE, owner, LEASE_S, now):
                    self._send(mail, now())
            finally:
                with writing(self._engine) as conn:
                    release(conn, LEASE, owner)

    def _is_due(self, now: datetime) -> bool:
        with reading(self._engine) as conn:
            oldest = mails.oldest_waiting(conn)
        return oldest is not None and oldest.next_at <= now

    def _begun(self, owner: str, now: datetime) -> Mail | None:
        """The oldest, with its try written down; None while another process sends."""
        with writing(self._engine) as conn:
            if not claim_or_take_over(conn, LEASE, owner, now, LEASE_S):
                return None
            mail = mails.oldest_waiting(conn)
            if mail is None or mail.next_at > now:
                release(conn, LEASE, owner)
                return None
            mails.begin(conn, mail, now + again_after(mail.attempts + 1))
            return mail

    def _send(self, mail: Mail, now: datetime) -> None:
        refused_at, why = None, ""
        try:
            refused = self._server.send(self._message(mail, now))
        except MailDown as down:
            why = encode_reason(down.reason)
        except MailRefused as refusal:
            refused_at, why = now, encode_reason(refusal.reason)
        except (OSError, ValueError) as error:  # the archive's files
            refused_at, why = now, encode_reason(reason("mail.no_files", error=str(error)[:300]))
        else:
            log.info("report mailed", mail=mail.id, lang=mail.lang)
            some = encode_reason(reason("mail.some_refused", addresses=refused)) if refused else None
            with writing(self._engine) as conn:
                mails.sent(conn, mail, now, some)
            return
        log.warning("report not mailed", mail=mail.id, attempt=mail.attempts + 1, why=why)
        with writing(self._engine) as conn:
            mails.fail(conn, mail, why, refused_at=refused_at)

    def _message(self, mail: Mail, now: datetime) -> EmailMessage:
        storage, config = ReportStorage(self._home.path), self._config
        assert config.mail is not None
        with reading(self._engine) as conn:
            made = revisions.by_id(conn, mail.revision_id)
            files = revisions.files(conn, mail.revision_id, mail.lang)
        assert made is not None  # a revision takes its mails along
        contents = {each.name: storage.get(each.sha256) for each in files if "/" not in each.name}
        base = config.server.public_url
        archive = f"{base.rstrip('/')}/laporan" if base else ""
        sender, to, zone = config.mail.sender, config.report.mail_to, config.city.timezone
        return report_mail(sender, to, made, contents, lang=mail.lang, zone=zone, now=now, archive=archive)


def again_after(attempts: int) -> timedelta:
    """After so many tries."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(LAST_AGAIN, FIRST_AGAIN * doubled)
