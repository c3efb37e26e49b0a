"""What a delivery of the national platform's export lists: one line a record, also of those that are refused."""

from __future__ import annotations

from collections.abc import Iterable

from data.domain.cases.reconciliation import Listed
from data.store.intake.rejected import Refused
from ingest.pipeline.drafts import Draft, clean


def listed(ready: Iterable[Draft | Refused]) -> list[Listed]:
    """By number; a record without one is not listed. Of a refused record its id is taken for its number."""
    found = []
    for one in ready:
        if isinstance(one, Refused):
            found.append(Listed(one.external_id))
        elif number := clean(one.record.sp4n_number):
            record = one.record
            told = None if record.service_class is None else one.service_class
            found.append(Listed(number, clean(record.sp4n_status), told, record.received_at))
    return found
