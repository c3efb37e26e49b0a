"""The mail with a report: a short text, the PDF and the workbook attached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from dashboard.config.models import MailSettings
from dashboard.reports.archive.making import report_name
from dashboard.reports.documents.wording import Labels, Wording
from data.store.reports.revisions import Revision
from data.texts import texts

TYPES = {
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""By the end of a file's name; other files are not attached."""


def compose(
    mail: MailSettings, made: Revision, files: Mapping[str, bytes], *, lang: str, zone: str, now: datetime, archive: str
) -> EmailMessage:
    """The message. files: by their names; archive: the address of /laporan, may be ''.

    Its Message-ID is the same at each try, so that a mail server may notice one that it has taken already.
    """
    say, wording = texts(lang), Wording(lang, Labels({}), zone)
    period = wording.period(made.key.first, made.key.last)
    message = EmailMessage()
    message["Subject"] = say("mail.subject", period=period, revision=made.revision)
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{report_name(made)}-r{made.revision}-{lang}-{made.sha256[:16]}@{_domain(mail.sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    as_of = wording.moment(made.as_of)
    told = say("mail.text", period=period, revision=made.revision, as_of=as_of, sha256=made.sha256)
    message.set_content(told + (say("mail.archive", address=archive) if archive else ""))
    for name, content in sorted(files.items()):
        kind = TYPES.get(name.rpartition(".")[2])
        if kind is not None:
            message.add_attachment(content, *kind, filename=name)
    return message


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
