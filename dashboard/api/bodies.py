"""Reads the body of a request, all of it or nothing."""

from __future__ import annotations

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge


def whole_body(asked: Request) -> bytes | None:
    """None: it is larger than `max_content_length` allows."""
    most = asked.max_content_length
    try:
        body = asked.get_data(cache=False)
    except RequestEntityTooLarge:
        return None
    cut = asked.content_length is None and most is not None and len(body) >= most  # chunked: cut without an error
    return None if cut else body
