"""What a receiver of escalations reads: one message about all cases in it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboard.messages.wording import Text
from data.domain.city.escalation import Receiver
from data.domain.city.model import City
from data.reference.places.villages import village_named
from data.store.escalation.notices import Notice, NoticeLine
from layouts.kit.words import Words, words

LINES_MOST = 10
"""The others are counted: all of them stand on the page."""
PAGES = {
    Receiver.ASSISTANT: "penyuluh",
    Receiver.AGENCY: "respon/eskalasi",
    Receiver.HEAD: "respon/eskalasi",
    Receiver.SUPERVISOR: "meja/eskalasi",
}


class NoticeWording:
    """For one city, in its first language."""

    def __init__(self, city: City, base_url: str) -> None:
        """`base_url`: without a slash at its end."""
        self._city, self._base_url, self._zone = city, base_url, ZoneInfo(city.timezone)

    def text(self, notice: Notice) -> Text:
        """The longest silence first. Of private cases neither category nor place. A field assistant is told of
        questions, and until when they are to be answered."""
        say, more = words("id"), len(notice.lines) - LINES_MOST
        asked = notice.receiver is Receiver.ASSISTANT
        lines = [self._question(it, say) if asked else self._line(it, say) for it in notice.lines[:LINES_MOST]]
        if more > 0:
            lines.append(say("escalation.message.more", n=more))
        told = "questions" if asked else "subject"
        to = say(f"escalation.to.{notice.receiver}")
        subject = say(f"escalation.message.{told}", n=len(notice.lines), to=to)
        page = PAGES.get(notice.receiver)
        return Text(subject, "\n".join([subject + ":", *lines]), f"{self._base_url}/{page}" if page else None)

    def _question(self, line: NoticeLine, say: Words) -> str:
        village = village_named(line.village or "")
        due = "" if line.answer_by is None else say.moment(line.answer_by.astimezone(self._zone))
        until = say("escalation.message.answer_by", at=due) if due else ""
        return ", ".join(part for part in (line.code, village.name if village else "", until) if part)

    def _line(self, line: NoticeLine, say: Words) -> str:
        due = say.moment(line.due_at.astimezone(self._zone))
        agency, again = self._city.agency_short(line.agency), say("escalation.message.again") if line.times > 1 else ""
        category, village = self._city.categories.get(line.category), village_named(line.village or "")
        what = category.name[say.lang] if category and not line.private else say("case.private")
        where = village.name if village and not line.private else ""
        return ", ".join(
            part for part in (line.code, what, where, agency, say("escalation.message.since", at=due), again) if part
        )
