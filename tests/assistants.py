"""A city that takes farmers' questions, with its agriculture agency and a ladder that begins with the assistants."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from data.domain.city.escalation import Escalation, LadderStep, Receiver
from data.domain.city.model import Agency, CaseKind, Category, City, Priority
from data.store.assistants.assistants import Assistant, replace_all
from data.store.db.engine import Connection
from tests.factories import MINUTE, NOW, SISIR, TEMAS, a_case, a_city, a_history, received, stored

LADDER = (LadderStep(0, Receiver.ASSISTANT), LadderStep(0.5, Receiver.AGENCY), LadderStep(1.0, Receiver.MAYOR))
SITI = Assistant("P01", "Siti", (SISIR, TEMAS), "0812 111", "siti@batu.go.id")
AGENCY, CATEGORY = "pertanian", "pertanian"


@cache
def a_farming_city() -> City:
    """Nothing but questions goes up the ladder."""
    name = {"id": "Pertanian", "en": "Farming"}
    agency = Agency(AGENCY, "Dinas Pertanian", "Distan", name, "selalu", timedelta(hours=4))
    category = Category(CATEGORY, name, AGENCY, "darurat", Priority.NORMAL, False, "T", kind=CaseKind.QUESTION)
    plain = a_city()
    return replace(
        plain,
        agencies={**plain.agencies, AGENCY: agency},
        categories={**plain.categories, CATEGORY: category},
        escalation=Escalation({"petani": LADDER}, policies={"darurat": "petani"}),
    )


def a_question(
    conn: Connection, at: datetime = NOW, agency: str = AGENCY, *, dispatched: bool = True, **changes: Any
) -> int:
    """A case that the agriculture agency got at this moment: it has twelve hours, around the clock."""
    values = {"kind": CaseKind.QUESTION, "category": CATEGORY, "priority": "normal", "policy": "darurat"}
    made = replace(a_case("sampah"), **{**values, "title": "Daun apel bercak", **changes})
    if dispatched:
        return stored(conn, made, a_history(at - MINUTE, agency, dispatched=MINUTE), at)
    return stored(conn, made, [replace(received(at - MINUTE), agency=agency)], at)


def there_are(conn: Connection, *assistants: Assistant) -> None:
    replace_all(conn, assistants)
