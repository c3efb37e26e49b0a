"""The attached rows: what a report is frozen at and every row of every table, with the rows' SHA-256."""

from __future__ import annotations

from typing import Any

from dashboard.reports.month.facts import Head, MonthFacts
from dashboard.reports.month.tables import canonical_json, canonical_rows, rows_hash


def head_values(head: Head) -> dict[str, Any]:
    """As JSON can hold it."""
    return {
        "first": head.first.isoformat(),
        "last": head.last.isoformat(),
        "zone": head.zone,
        "as_of": head.as_of.isoformat(),
        "seq": head.seq,
        "agency": head.agency,
        "demo": head.demo,
        "hashes": dict(head.hashes),
    }


def attachment(facts: MonthFacts, revision: int) -> tuple[str, str]:
    """(the JSON, the SHA-256 of its rows)."""
    rows = canonical_rows(facts.tables)
    digest = rows_hash(rows)
    return canonical_json(
        {"head": head_values(facts.head), "revision": revision, "rows": rows, "sha256": digest}
    ), digest
