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
PAGES = {Receiver.AGENCY: "respon/eskalasi", Receiver.HEAD: "respon/eskalasi", Receiver.SUPERVISOR: "meja/eskalasi"}


class NoticeWording:
    """For one city, in its first language."""

    def __init__(self, city: City, base_url: str) -> None:
        """`base_url`: without a slash at its end."""
        self._city, self._base_url, self._zone = city, base_url, ZoneInfo(city.timezone)

    def text(self, notice: Notice) -> Text:
        """The longest silence first. Of private cases neither category nor place."""
        say, more = words("id"), len(notice.lines) - LINES_MOST
        lines = [self._line(line, say) for line in notice.lines[:LINES_MOST]]
        if more > 0:
            lines.append(say("escalation.message.more", n=more))
        subject = say("escalation.message.subject", n=len(notice.lines), to=say(f"escalation.to.{notice.receiver}"))
        page = PAGES.get(notice.receiver)
        return Text(subject, "\n".join([subject + ":", *lines]), f"{self._base_url}/{page}" if page else None)

    def _line(self, line: NoticeLine, say: Words) -> str:
        due = say.moment(line.due_at.astimezone(self._zone))
        agency, again = self._city.agency_short(line.agency), say("escalation.message.again") if line.times > 1 else ""
        category, village = self._city.categories.get(line.category), village_named(line.village or "")
        what = category.name[say.lang] if category and not line.private else say("case.private")
        where = village.name if village and not line.private else ""
        return ", ".join(
            part for part in (line.code, what, where, agency, say("escalation.message.since", at=due), again) if part
        )
