"""In which format a request is answered: as its suffix says; without one as Accept prefers, JSON when that is equal."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Response, request

from dashboard.api.faults import Faulty
from dashboard.api.open311.xml import document

JSON, XML = "json", "xml"
TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
ANNOUNCED = ["application/json", "text/xml"]


def asked() -> str:
    """JSON or XML. Faults of requests.csv and openapi.json are told in JSON."""
    suffix = _suffix()
    if suffix:
        return XML if suffix == XML else JSON
    prefers: Callable[..., str | None] = request.accept_mimetypes.best_match
    return JSON if prefers(["application/json", "text/xml", "application/xml"]) in {None, "application/json"} else XML


def _suffix() -> str:
    """The one that chooses; empty where Accept does."""
    _, dot, suffix = request.path.rpartition("/")[2].rpartition(".")
    return suffix if dot and suffix in {JSON, XML, "csv"} else ""


def answer(root: str, value: object, status: int = 200) -> Response:
    """The answer in the asked format; `root` is the name of the XML's outermost element."""
    form = asked()
    body = document(root, value) if form == XML else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status, content_type=TYPES[form])
    if not _suffix():
        response.headers["Vary"] = "Accept"
    return response


def told(faulty: Faulty) -> Response:
    """The answer that tells the faults."""
    body = [{"code": fault.code, "description": fault.description} for fault in faulty.faults]
    response = answer("errors", body, faulty.status)
    if faulty.retry_after_s is not None:
        response.headers["Retry-After"] = str(faulty.retry_after_s)
    return response
