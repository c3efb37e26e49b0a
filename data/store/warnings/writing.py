"""Stores messages about warnings. The caller owns the transaction.

An Update takes the place of all that it names, a Cancel withdraws all that it names, whatever has become of them; what
they name may come later. A message can only be named by messages of its own source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, and_, insert, or_, select, update

from data.domain.warnings.nouns import MessageType, WarningWords
from data.store.db.change_feed import record_change
from data.store.db.schema.warnings import public_warning, warning_message, warning_reference
from data.store.warnings.told import Became, Reference, WarningFacts, WarningTold

KIND = "warning"
"""Of changes."""


def take(conn: Connection, source: str, told: WarningTold, now: datetime) -> Became:
    """Store one message, and what follows from it for others."""
    now = now.replace(microsecond=0)
    if _is_known(conn, source, told):
        return Became.SAME
    seq = record_change(conn, KIND, now, source=source)
    stamp = {"source": source, "received_at": now, "seq": seq}
    known = _row(conn, source, told)
    warning_id = None
    if told.facts is not None:
        warning_id = _insert(conn, told, told.facts, stamp) if known is None else _merge(conn, known, told, seq)
    _keep_message(conn, told, warning_id, stamp)
    if warning_id is not None:
        _follow_earlier(conn, source, told.own, warning_id, seq)
    _follow_references(conn, source, told, warning_id, seq)
    return Became.NEW if known is None else Became.UPDATED


def _is_known(conn: Connection, source: str, told: WarningTold) -> bool:
    asked = select(warning_message.c.id).where(
        warning_message.c.source == source, warning_message.c.digest == told.digest
    )
    return conn.execute(asked).first() is not None


def _row(conn: Connection, source: str, told: WarningTold) -> RowMapping | None:
    """The warning of which this is another message."""
    if told.facts is None:
        return None
    asked = select(public_warning).where(public_warning.c.source == source, public_warning.c.key == told.key)
    return conn.execute(asked).mappings().one_or_none()


def _insert(conn: Connection, told: WarningTold, facts: WarningFacts, stamp: Mapping[str, Any]) -> int:
    values = {**stamp, **_columns(told, facts), "key": told.key, "demo": told.demo, "words": _json(facts.words)}
    return int(conn.execute(insert(public_warning).values(values).returning(public_warning.c.id)).scalar_one())


def _columns(told: WarningTold, facts: WarningFacts) -> dict[str, Any]:
    """All but its words."""
    names = ("event", "rank", "severity", "urgency", "certainty", "effective_at", "onset_at", "expires_at", "ends_at")
    more = {name: getattr(facts, name) for name in (*names, "is_for_city", "sender_name")}
    return more | {
        "sender": told.own.sender,
        "identifier": told.own.identifier,
        "sent_at": told.own.sent_at,
        "message_type": told.message_type,
        "geometry": None if facts.geometry is None else json.dumps(facts.geometry, separators=(",", ":")),
        "villages": json.dumps(facts.villages),
        "withdrawn_at": told.own.sent_at if facts.all_clear else None,
    }


def _merge(conn: Connection, known: RowMapping, told: WarningTold, seq: int) -> int:
    """Another language, or the same under another identifier. It stays withdrawn or replaced if it was."""
    assert told.facts is not None
    words = json.loads(known["words"]) | {lang: asdict(each) for lang, each in told.facts.words.items()}
    values = _columns(told, told.facts) | {"words": json.dumps(words, ensure_ascii=False), "seq": seq}
    values["sender_name"] = known["sender_name"]
    if known["withdrawn_at"] is not None:
        values["withdrawn_at"] = known["withdrawn_at"]
    conn.execute(update(public_warning).where(public_warning.c.id == known["id"]).values(values))
    return int(known["id"])


def _json(words: Mapping[str, WarningWords]) -> str:
    return json.dumps({lang: asdict(each) for lang, each in words.items()}, ensure_ascii=False)


def _keep_message(conn: Connection, told: WarningTold, warning_id: int | None, stamp: Mapping[str, Any]) -> None:
    values = {
        **stamp,
        **told.own._asdict(),
        "digest": told.digest,
        "message_type": told.message_type,
        "warning_id": warning_id,
        "message": told.message,
    }
    message_id = conn.execute(insert(warning_message).values(values).returning(warning_message.c.id)).scalar_one()
    rows = [
        {"message_id": message_id, "n": n, **each._asdict()} for n, each in enumerate(dict.fromkeys(told.references))
    ]
    if rows:
        conn.execute(insert(warning_reference), rows)


def _follow_earlier(conn: Connection, source: str, own: Reference, warning_id: int, seq: int) -> None:
    """What came before it and names it: Updates and Cancels."""
    named = and_(
        warning_reference.c.identifier == own.identifier,
        warning_reference.c.sender == own.sender,
        warning_reference.c.sent_at == own.sent_at,
    )
    asked = (
        select(warning_message.c.message_type, warning_message.c.sent_at, warning_message.c.warning_id)
        .join(warning_reference, warning_reference.c.message_id == warning_message.c.id)
        .where(warning_message.c.source == source, named)
        .order_by(warning_message.c.id)
    )
    for message_type, sent_at, by in conn.execute(asked).all():
        _end(conn, [warning_id], _Ending(message_type, sent_at, by), seq)


def _follow_references(conn: Connection, source: str, told: WarningTold, warning_id: int | None, seq: int) -> None:
    """What it names and is here."""
    if not told.references or told.message_type is MessageType.ALERT:
        return
    ids = list(_named(conn, source, told.references))
    _end(conn, ids, _Ending(told.message_type, told.own.sent_at, warning_id), seq)


def _named(conn: Connection, source: str, references: Iterable[Reference]) -> set[int]:
    message = warning_message.c
    asked = select(message.warning_id).where(
        message.source == source,
        message.warning_id.is_not(None),
        or_(
            *(
                and_(message.identifier == each.identifier, message.sender == each.sender, message.sent_at == each[2])
                for each in references
            )
        ),
    )
    return set(conn.execute(asked).scalars())


class _Ending(NamedTuple):
    """A message that ends what it names."""

    message_type: str
    at: datetime
    by: int | None
    """The warning of an Update."""


def _end(conn: Connection, ids: list[int], ending: _Ending, seq: int) -> None:
    """Withdraw or replace these; what ended a warning first stays."""
    cancels = ending.message_type == MessageType.CANCEL
    if not cancels and (ending.message_type != MessageType.UPDATE or ending.by is None):
        return
    ended = public_warning.c.withdrawn_at if cancels else public_warning.c.replaced_by
    others = public_warning.c.id.in_([each for each in ids if each != ending.by])
    values = {ended.name: ending.at if cancels else ending.by, "seq": seq}
    conn.execute(update(public_warning).where(others, ended.is_(None)).values(values))


class PresentArea(NamedTuple):
    """The area of a warning that has not ended."""

    id: int
    geometry: dict[str, Any]
    villages: tuple[str, ...]


def areas_of_present(conn: Connection, now: datetime) -> list[PresentArea]:
    """Those of warnings that came with an area, for the city or not."""
    warning = public_warning.c
    asked = select(warning.id, warning.geometry, warning.villages).where(
        warning.geometry.is_not(None), warning.ends_at > now
    )
    rows = conn.execute(asked).all()
    return [PresentArea(row.id, json.loads(row.geometry), tuple(json.loads(row.villages))) for row in rows]


def touch(conn: Connection, warning_id: int, villages: tuple[str, ...], now: datetime) -> None:
    """These are its villages by another map."""
    seq = record_change(conn, KIND, now)
    values = {"villages": json.dumps(villages), "is_for_city": bool(villages), "seq": seq}
    conn.execute(update(public_warning).where(public_warning.c.id == warning_id).values(values))
