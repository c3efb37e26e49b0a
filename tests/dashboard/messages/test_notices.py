"""What a receiver of escalations reads, and that it leaves by the channels that are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dashboard.messages.channels import Outgoing
from dashboard.messages.escalation import NoticeWording
from dashboard.messages.sender import Sender
from dashboard.messages.wording import Text
from data.domain.city.escalation import Receiver
from data.store.citizens.outbox import EMAIL
from data.store.db.engine import Engine, writing
from data.store.escalation.notices import Notices, gather
from tests.assistants import SITI, a_farming_city, a_question, there_are
from tests.escalations import a_ladder_city, a_landslide, climb, rules
from tests.factories import HOUR, NOW

CITY = a_ladder_city(receivers={Receiver.MAYOR: {"": ("wali@kota.id",)}, Receiver.AGENCY: {"bpbd": ("piket@bpbd.id",)}})


@dataclass
class Mailbox:
    """In place of a mail server."""

    got: list[tuple[str | None, str, Text]] = field(default_factory=list)

    def send(self, message: Outgoing, text: Text, now: datetime) -> None:
        self.got.append((message.address, message.type, text))


def told(engine: Engine, cases: int, after: int, **changes: object) -> list[tuple[str | None, str, Text]]:
    """What arrives so many hours after so many cases came."""
    now, box = NOW + after * HOUR, Mailbox()
    with writing(engine) as conn:
        for _ in range(cases):
            a_landslide(conn, **changes)
        climb(conn, now, rules(CITY))
        gather(conn, CITY, now)
    sender = Sender(engine, Notices(CITY), NoticeWording(CITY, "https://batt.id"), EMAIL, box, lease="notices")
    assert sender.work("uji:1", lambda: now) == len(box.got)
    assert sender.work("uji:1", lambda: now) == 0
    return box.got


def test_many_cases_are_one_mail_with_the_first_of_them(engine: Engine):
    ((address, kind, text),) = told(engine, 12, 7)
    assert (address, kind) == ("piket@bpbd.id", "escalation.raised")
    assert text.subject == "Eskalasi ke OPD: 12 laporan"
    lines = text.body.splitlines()
    assert len(lines) == 12
    assert lines[1].endswith(", Longsor, Sisir, BPBD, batas 24 Nov 20:07")
    assert lines[-1] == "dan 2 lagi"
    assert text.link == "https://batt.id/respon/eskalasi"


def test_a_field_assistant_is_told_of_questions_and_until_when(engine: Engine):
    city, box = a_farming_city(), Mailbox()
    with writing(engine) as conn:
        there_are(conn, SITI)
        a_question(conn)
        a_question(conn)
        climb(conn, NOW, rules(city))
        gather(conn, city, NOW)
    Sender(engine, Notices(city), NoticeWording(city, "https://batt.id"), EMAIL, box, lease="notices").work(
        "uji:1", lambda: NOW
    )
    ((address, _, text),) = box.got
    assert (address, text.link) == ("siti@batu.go.id", "https://batt.id/penyuluh")
    assert text.subject == "Among Tani: 2 pertanyaan petani untuk Anda"
    first = text.body.splitlines()[1]
    assert first.startswith("AW-2611-")
    assert ", Sisir, jawab sebelum 24 Nov " in first


def test_a_private_case_is_told_by_its_code_alone(engine: Engine):
    ((_, _, text),) = told(engine, 1, 13, private=True)
    assert "Longsor" not in text.body
    assert "Sisir" not in text.body
    assert text.body.splitlines()[1].startswith("AW-2611-")
    assert text.link is None
