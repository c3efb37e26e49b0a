"""What a farmer or a buyer reads: the sentence of a message in his language, filled in when it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dashboard.messages.wording import Text
from data.domain.city.model import City
from data.store.market.messages import PartyMessage
from layouts.kit.words import Words, words


class MarketWording:
    """For one city."""

    def __init__(self, city: City, base_url: str) -> None:
        """`base_url`: where people reach /tani and /penyuluh, without a slash at its end."""
        self._city, self._base_url, self._zone = city, base_url, ZoneInfo(city.timezone)

    def text(self, message: PartyMessage) -> Text:
        """The sentence of its kind."""
        say = words(message.lang or "")
        subject = say("tani.message.subject", code=message.code)
        room = "penyuluh" if message.represented else "tani"
        return Text(subject, self._body(message, say), f"{self._base_url}/{room}/transaksi/{message.code}")

    def _body(self, message: PartyMessage, say: Words) -> str:
        told, due = message.params, message.params.get("due")
        of = self._city.market.commodities.get(told["commodity"])
        until = "" if due is None else say.moment(datetime.fromtimestamp(due, UTC).astimezone(self._zone))
        return say(
            f"tani.message.{message.kind}",
            code=message.code,
            commodity=of.name[say.lang] if of else told["commodity"],
            quantity=float(told["quantity"]),
            unit=told["unit"],
            total=told["total"],
            until=until,
        )
