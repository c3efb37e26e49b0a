"""Faults as Open311 tells them: an array with one entry for each, in JSON, whatever went wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Response

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `code` is the HTTP status it would have alone."""

    code: int
    description: str


class Faulty(Exception):
    """A request that cannot be done, with everything that is wrong with it."""

    def __init__(self, *faults: Fault, retry_after_s: int | None = None) -> None:
        super().__init__("; ".join(fault.description for fault in faults))
        self.faults = faults
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """The one code that all faults share, else 400."""
        codes = {fault.code for fault in self.faults}
        return codes.pop() if len(codes) == 1 else 400


def answer(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")), status, content_type=JSON)


def told(faulty: Faulty) -> Response:
    """The answer that tells the faults."""
    body = [{"code": fault.code, "description": fault.description} for fault in faulty.faults]
    response = answer(body, faulty.status)
    if faulty.retry_after_s is not None:
        response.headers["Retry-After"] = str(faulty.retry_after_s)
    return response
