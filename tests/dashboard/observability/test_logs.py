"""Logs: a line an event, whatever a text from outside holds."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta
from types import SimpleNamespace

import pytest
import structlog
from gunicorn.config import Config as GunicornConfig
from hypothesis import given
from hypothesis import strategies as st

from dashboard.observability import logs
from dashboard.observability.logs import escaped
from dashboard.server.serve import ACCESS, AccessLog

FORGED = "x\n2026-11-24T07:07:00Z [error    ] all_is_lost\r\x1b[31m\x00\x85\u2028\u202e"
SHOWN = r"x\n2026-11-24T07:07:00Z [error    ] all_is_lost\r\x1b[31m\x00\x85\u2028\u202e"

ACTING = set("\x1b\x00\x85\r\u2028\u202e")


@contextmanager
def logging_configured() -> Iterator[io.StringIO]:
    """As the commands do it; what goes to standard error."""
    root, said = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    root.handlers.clear()
    with redirect_stderr(said):
        logs.configure()
        yield said
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@given(st.text())
def test_a_text_is_one_line_without_signs_that_act(text: str):
    shown = escaped(text)
    assert len(shown.splitlines()) == (1 if text else 0)
    assert all(sign == "\\" or sign.isprintable() or sign not in shown or ord(sign) > 0x9F for sign in shown)
    assert escaped("Jalan Kartini 5 – “rusak”") == "Jalan Kartini 5 – “rusak”"


def test_an_event_of_ours_is_one_line():
    with logging_configured() as said:
        structlog.get_logger("x").warning("refused", path=FORGED, short="\x1b[31m")
        structlog.get_logger("x").warning(FORGED, paths=[FORGED])
    lines = said.getvalue().splitlines()
    assert len(lines) == 2
    assert not ACTING & set("".join(lines))
    assert SHOWN in lines[1]


def test_a_traceback_cannot_be_taken_for_another_event():
    with logging_configured() as said:
        for log in (structlog.get_logger("x"), logging.getLogger("y")):
            try:
                raise ValueError(FORGED)
            except ValueError as fault:
                log.error("failed", exc_info=fault)
    lines = said.getvalue().split("\n")
    assert len([line for line in lines if line and not line.startswith("    ")]) == 2
    assert len([line for line in lines if "ValueError" in line]) >= 2
    assert not ACTING & set(said.getvalue())


def test_the_log_of_a_library_is_one_line():
    with logging_configured() as said:
        logging.getLogger("werkzeug").warning("Exception on %s", FORGED)
    (line,) = said.getvalue().splitlines()
    assert line.endswith(f"WARNING werkzeug Exception on {SHOWN}")


def access_line(path: str) -> str:
    """What the log says of a request."""
    settings = GunicornConfig()
    settings.set("accesslog", "-")
    settings.set("access_log_format", ACCESS)
    answer, asked = SimpleNamespace(status="404 NOT FOUND", sent=3, headers=[]), SimpleNamespace(headers=[])
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "RAW_URI": "/x", "SERVER_PROTOCOL": "HTTP/1.1"}
    with redirect_stdout(io.StringIO()) as said:
        AccessLog(settings).access(answer, asked, environ, timedelta(seconds=1))
    (line,) = said.getvalue().splitlines()
    return line


def test_the_access_log_is_one_line_a_request():
    assert f'"GET /{SHOWN}" 404' in access_line(f"/{FORGED}")


@pytest.mark.parametrize("code", ["W3KW-ZPSV-NGK4-5", "w3kwzpsvngk45", "abcdefghjkmnp", "1"])
def test_the_access_log_has_no_tracking_code(code: str):
    assert '"GET /lapor/*"' in access_line(f"/lapor/{code}")
    assert '"GET /lapor/*/nilai"' in access_line(f"/lapor/{code}/nilai")
    assert '"GET /lapor/uraian"' in access_line("/lapor/uraian")
