"""Logging: one line an event, on standard error, whatever a text from outside holds."""

from __future__ import annotations

import logging
import re
import sys
from textwrap import indent
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_INDENT = "    "
_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def escaped(text: str) -> str:
    """In one line, with escapes as in Python for what a terminal or a reader of lines would take for something else."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _indented(traceback: str) -> str:
    """Its lines cannot be taken for events; its error may quote a text from outside."""
    return indent("\n".join(map(escaped, traceback.splitlines())), _INDENT)


class LineFormatter(logging.Formatter):
    """For the logs of libraries and of gunicorn."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 the name is logging's
        """The line, without a traceback."""
        record.message = escaped(record.message)
        return super().formatMessage(record)

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """The traceback."""
        return _indented(super().formatException(ei))


def _escape_values(_: Any, __: str, event: EventDict) -> EventDict:
    """Texts; anything else is written as its `repr`."""
    return {name: escaped(value) if isinstance(value, str) else value for name, value in event.items()}


def _indent_exception(_: Any, __: str, event: EventDict) -> EventDict:
    return {**event, "exception": _indented(event["exception"])} if "exception" in event else event


def configure() -> None:
    """Once, at the start."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(_FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _escape_values,
            structlog.processors.format_exc_info,
            _indent_exception,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *given: structlog.PrintLogger(sys.stderr),
    )
