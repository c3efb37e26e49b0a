"""The head that all our mails have."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime


def compose(sender: str, to: str, subject: str, text: str, *, key: str, now: datetime) -> EmailMessage:
    """The message. `to`: one address, or several with commas between them.

    `key` makes the Message-ID, the same at each try, so that a mail server may notice one that it has taken already.
    """
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, sender, to
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
