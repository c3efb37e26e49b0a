"""Hands a message to the configured mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from dashboard.config.models import MailSettings
from data.domain.reasons import Reason, reason
from data.texts import ReasonError

TIMEOUT_S = 30.0
"""For each answer of the server."""
PERMANENT = 500
"""The first code by which a server refuses for good."""


class MailDown(ReasonError):
    """The message could not be handed over now: no connection, no login, or the server asks for patience."""


class MailRefused(ReasonError):
    """The server takes neither this message nor any of its recipients, now or later."""


class SenderRefused(MailRefused):
    """The server takes nothing from our address, or nothing of this size."""


class MailServer:
    """The server of `mail`."""

    def __init__(
        self, settings: MailSettings, home: Path, environ: Mapping[str, str], timeout_s: float = TIMEOUT_S
    ) -> None:
        self._settings, self._home, self._environ, self._timeout_s = settings, home, environ, timeout_s

    def check(self) -> None:
        """Connect and log in. Raises MailDown."""
        with self._session() as smtp:
            smtp.noop()

    def send(self, message: EmailMessage) -> tuple[str, ...]:
        """Hand it over; the recipients that the server refused while it took the message for others.

        Raises MailDown, MailRefused.
        """
        with self._session() as smtp:
            try:
                return tuple(sorted(smtp.send_message(message)))
            except smtplib.SMTPRecipientsRefused as refused:
                codes = [code for code, _ in refused.recipients.values()]
                said = "; ".join(sorted({_text(text) for _, text in refused.recipients.values()}))
                raise _refusal(max(codes) if min(codes) >= PERMANENT else min(codes), said) from None
            except smtplib.SMTPSenderRefused as refused:
                raise _refusal(refused.smtp_code, _text(refused.smtp_error), SenderRefused) from None
            except smtplib.SMTPDataError as refused:
                raise _refusal(refused.smtp_code, _text(refused.smtp_error)) from None

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Connected, encrypted as configured, logged in. What goes wrong becomes MailDown."""
        where, password = f"{self._settings.host}:{self._settings.port}", self._password()
        try:
            smtp = self._connected()
            try:
                self._encrypt(smtp)
                if self._settings.user is not None and password is not None:
                    smtp.login(self._settings.user, password)
                yield smtp
                smtp.quit()
            finally:
                smtp.close()
        except smtplib.SMTPAuthenticationError as refused:
            raise MailDown(reason("mail.login", server=where, said=_text(refused.smtp_error))) from None
        except smtplib.SMTPResponseException as refused:
            why = reason("mail.answer", server=where, status=str(refused.smtp_code), said=_text(refused.smtp_error))
            raise MailDown(why) from None
        except smtplib.SMTPException as error:
            raise MailDown(reason("mail.down", server=where, error=str(error)[:300])) from None
        except ssl.SSLError as error:
            raise MailDown(reason("mail.tls", server=where, error=error.reason or str(error))) from None
        except OSError as error:
            raise MailDown(reason("mail.down", server=where, error=error.strerror or str(error))) from None

    def _connected(self) -> smtplib.SMTP:
        mail = self._settings
        if mail.security == "tls":
            return smtplib.SMTP_SSL(mail.host, mail.port, timeout=self._timeout_s, context=self._trusted())
        return smtplib.SMTP(mail.host, mail.port, timeout=self._timeout_s)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if self._settings.security == "starttls":
            smtp.starttls(context=self._trusted())

    def _trusted(self) -> ssl.SSLContext:
        file = self._settings.ca_file
        return ssl.create_default_context(cafile=self._home / Path(file).expanduser() if file else None)

    def _password(self) -> str | None:
        variable = self._settings.password_env
        if variable is None:
            return None
        password = self._environ.get(variable, "").strip()
        if not password:
            raise MailDown(reason("mail.no_password", variable=variable))
        return password


def _refusal(code: int, said: str, for_good: type[MailRefused] = MailRefused) -> MailDown | MailRefused:
    told: Reason = reason("mail.refused", status=str(code), said=said)
    return for_good(told) if code >= PERMANENT else MailDown(told)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]
