"""The same buyer under several names."""

from __future__ import annotations

import pytest

from data.domain.market.buyers import Buyer, Sign, plain_name, plain_telephone, same_buyers
from data.store.queries.market.parties import alike


def groups(*buyers: Buyer) -> list[tuple[list[str], tuple[Sign, ...]]]:
    return [([each.id for each in found.buyers], found.signs) for found in same_buyers(buyers, alike)]


@pytest.mark.parametrize("typed", ["0812-3456-789", "+62 812 3456 789", "62812 3456789"])
def test_a_telephone_is_one_however_it_is_typed(typed: str):
    assert plain_telephone(typed) == "08123456789"


def test_titles_and_the_order_of_words_make_no_other_name():
    assert plain_name("H. Slamet Riyadi") == plain_name("UD Riyadi, Slamet") == "riyadi slamet"


def test_the_same_telephone_or_device_or_nearly_the_same_name_is_one_buyer():
    one = Buyer("P-1", "Slamet Riyadi", "0812 3456 789", "d1")
    by_name = Buyer("P-2", "Pak Slamet Riyadhi")
    by_telephone = Buyer("P-3", "UD Makmur", "+628123456789")
    by_device = Buyer("P-4", "CV Jaya", "0811 000 111", "d1")
    other = Buyer("P-5", "Sri Wahyuni", "0857 111 222", "d2")
    assert groups(one, by_name, by_telephone, by_device, other) == [
        (["P-1", "P-2", "P-3", "P-4"], (Sign.TELEPHONE, Sign.DEVICE, Sign.NAME))
    ]


def test_different_people_stay_apart():
    assert groups(Buyer("P-1", "Slamet"), Buyer("P-2", "Suparman"), Buyer("P-3", "")) == []
