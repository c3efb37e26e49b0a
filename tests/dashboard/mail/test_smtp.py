from __future__ import annotations

import socket
import ssl
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from dashboard.mail.smtp import MailDown, MailRefused, MailServer, SenderRefused
from data.domain.reasons import Reason
from tests.dashboard.mail.smtp_server import Mailbox, mail_server

HERE = Path("/")
LOGIN = {"user": "batt", "password_env": "MAIL_PASSWORD"}


def a_message(*to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "batt@kota.id", ", ".join(to or ("a@kota.id",)), "Laporan"
    message.set_content("Isi")
    return message


def send(box: Mailbox, message: EmailMessage | None = None, **changes: object) -> tuple[str, ...]:
    server = MailServer(box.settings(**changes), HERE, {"MAIL_PASSWORD": "rahasia\n"}, 2)
    return server.send(message or a_message())


def code_of(refused: pytest.ExceptionInfo[MailDown] | pytest.ExceptionInfo[MailRefused]) -> str:
    assert isinstance(refused.value.reason, Reason)
    return refused.value.reason.code


def test_a_message_is_taken_with_a_login_over_starttls_and_over_tls(tmp_path: Path):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with mail_server(tls=context, login=("batt", "rahasia")) as box:
        settings = box.settings(security="starttls", ca_file="ca.pem", **LOGIN)
        server = MailServer(settings, tmp_path, {"MAIL_PASSWORD": "rahasia"}, 2)
        server.check()
        assert box.taken == []
        assert server.send(a_message()) == ()
        assert [each["Subject"] for each in box.taken] == ["Laporan"]
        with pytest.raises(MailDown) as down:  # a certificate of nobody we trust
            MailServer(box.settings(security="starttls"), tmp_path, {}, 2).check()
        assert code_of(down) == "mail.tls"


@pytest.mark.parametrize(
    ("answers", "error", "code"),
    [
        ({"DATA END": "552 too large"}, MailRefused, "mail.refused"),
        ({"DATA END": "452 no space"}, MailDown, "mail.refused"),
        ({"DATA END": ""}, MailDown, "mail.down"),
        ({"RCPT": "550 nobody here"}, MailRefused, "mail.refused"),
        ({"RCPT": "450 later"}, MailDown, "mail.refused"),
        ({"MAIL": "550 not from you"}, SenderRefused, "mail.refused"),
        ({"EHLO": "421 closed", "HELO": "421 closed"}, MailDown, "mail.answer"),
        ({"EHLO": ""}, MailDown, "mail.down"),
    ],
)
def test_a_refusal_is_for_good_or_for_now(answers: dict[str, str], error: type[MailDown | MailRefused], code: str):
    with mail_server(answers=answers) as box, pytest.raises(error) as refused:
        send(box)
    assert code_of(refused) == code


def test_whom_the_server_refuses_among_others_is_told():
    with mail_server(answers={"rcpt TO:<b@kota.id>": "550 nobody"}) as box:
        assert send(box, a_message("a@kota.id", "b@kota.id")) == ("b@kota.id",)
        assert len(box.taken) == 1


def test_a_wrong_password_a_missing_one_and_no_server_are_told_apart():
    with mail_server(login=("batt", "lain")) as box:
        with pytest.raises(MailDown) as wrong:
            send(box, **LOGIN)
        asked = box.sessions
        with pytest.raises(MailDown) as missing:
            send(box, user="batt", password_env="NO_SUCH")
        assert box.sessions == asked, "without a password no server is needed"
        with pytest.raises(MailDown) as plain:  # no encryption is offered
            send(box, security="starttls", **LOGIN)
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = Mailbox(free.getsockname()[1])
    with pytest.raises(MailDown) as down:
        send(gone)
    assert [code_of(each) for each in (wrong, missing, plain, down)] == [
        "mail.login",
        "mail.no_password",
        "mail.down",
        "mail.down",
    ]
    assert "rahasia" not in str(wrong.value)
