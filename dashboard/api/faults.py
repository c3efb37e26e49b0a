"""Faults as Open311 tells them: one entry for each, whatever went wrong."""

from __future__ import annotations

from dataclasses import dataclass


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
