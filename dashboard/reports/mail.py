"""The mail with a report: a short text, the PDF and the workbook attached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage

from dashboard.mail.message import compose
from dashboard.reports.archive.making import report_name
from dashboard.reports.documents.wording import Labels, Wording
from data.store.reports.revisions import Revision
from data.texts import texts

TYPES = {
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""By the end of a file's name; other files are not attached."""


def report_mail(
    sender: str,
    to: Iterable[str],
    made: Revision,
    files: Mapping[str, bytes],
    *,
    lang: str,
    zone: str,
    now: datetime,
    archive: str,
) -> EmailMessage:
    """The message. files: by their names; archive: the address of /laporan, may be ''."""
    say, wording = texts(lang), Wording(lang, Labels({}), zone)
    period, as_of = wording.period(made.key.first, made.key.last), wording.moment(made.as_of)
    subject = say("mail.subject", period=period, revision=made.revision)
    text = say("mail.text", period=period, revision=made.revision, as_of=as_of, sha256=made.sha256)
    text += say("mail.archive", address=archive) if archive else ""
    key = f"{report_name(made)}-r{made.revision}-{lang}-{made.sha256[:16]}"
    message = compose(sender, ", ".join(to), subject, text, key=key, now=now)
    for name, content in sorted(files.items()):
        kind = TYPES.get(name.rpartition(".")[2])
        if kind is not None:
            message.add_attachment(content, *kind, filename=name)
    return message
