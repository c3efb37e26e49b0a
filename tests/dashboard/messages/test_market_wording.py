"""What farmers and buyers read of their deals, in both languages."""

from __future__ import annotations

import pytest

from dashboard.messages.market_wording import MarketWording
from data.domain.market.deals import DealEventKind
from data.store.market.messages import PartyMessage
from tests.factories import NOW, a_city

TOLD = {"commodity": "apel", "quantity": "12.5", "unit": "kg", "total": 118750, "due": int(NOW.timestamp())}


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("kind", [*DealEventKind, "agreed_both"])
def test_every_step_of_a_deal_has_its_sentence(lang: str, kind: str):
    message = PartyMessage(1, "k", "webhook", kind, 0, "0812", lang, "TR-2611-0001", TOLD)
    text = MarketWording(a_city(), "https://tani.example").text(message)
    assert "TR-2611-0001" in text.body
    assert text.link == "https://tani.example/tani/transaksi/TR-2611-0001"
    assert "{" not in text.body


def test_an_agreement_says_what_how_much_and_until_when():
    message = PartyMessage(1, "k", "email", "agreed_both", 0, "a@b.id", "id", "TR-2611-0001", TOLD)
    body = MarketWording(a_city(), "").text(message).body
    assert "12,5 kg Apel, 118.750 rupiah. Serahkan sebelum 24 Nov 14:07" in body
