"""Errors of Open311: a list of faults in every case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `code` is the HTTP status it would have alone."""

    code: int
    description: str


class RequestError(Exception):
    """A request that is refused, with all its faults."""

    def __init__(self, *faults: Fault, retry_after_s: int | None = None) -> None:
        super().__init__("; ".join(fault.description for fault in faults))
        self.faults = faults
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """The one code that all faults share, else 400."""
        codes = {fault.code for fault in self.faults}
        return codes.pop() if len(codes) == 1 else 400
