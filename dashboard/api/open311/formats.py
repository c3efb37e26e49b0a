"""The format of an answer: by the suffix of the path, else by Accept, else JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Response, request

from dashboard.api.faults import RequestError
from dashboard.api.open311.xml import document

JSON, XML = "json", "xml"
TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
ANNOUNCED = ["application/json", "text/xml"]


def requested_format() -> str:
    """JSON or XML. Errors of requests.csv and openapi.json are JSON."""
    suffix = _suffix()
    if suffix:
        return XML if suffix == XML else JSON
    prefers: Callable[..., str | None] = request.accept_mimetypes.best_match
    return JSON if prefers(["application/json", "text/xml", "application/xml"]) in {None, "application/json"} else XML


def _suffix() -> str:
    """The suffix that chooses the format; empty without one."""
    _, dot, suffix = request.path.rpartition("/")[2].rpartition(".")
    return suffix if dot and suffix in {JSON, XML, "csv"} else ""


def answer(root: str, value: object, status: int = 200) -> Response:
    """The answer in the requested format; `root` is the name of the XML's outermost element."""
    form = requested_format()
    body = document(root, value) if form == XML else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status, content_type=TYPES[form])
    if not _suffix():
        response.headers["Vary"] = "Accept"
    return response


def error_response(error: RequestError) -> Response:
    """The answer that lists the faults."""
    body = [{"code": fault.code, "description": fault.description} for fault in error.faults]
    response = answer("errors", body, error.status)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response
