"""Routing: the first rule that matches, else the category's agency, else triage."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from data.domain.cases.routing import Route, RoutingFacts, category_of, route
from data.domain.city.model import City, RoutingRule
from tests.data.domain.small_city import a_city, wib


def routed(*rules: RoutingRule, **facts: object) -> Route:
    plain = RoutingFacts("sampah", "Sampah menumpuk di pasar", "3579011004", wib("2 10:00"))
    return route(replace(plain, **facts), replace(a_city(), rules=rules))  # type: ignore[arg-type]


def test_without_a_rule_a_case_goes_to_its_category_s_agency():
    assert routed() == Route("dlh", None, "category 'sampah'")


@pytest.mark.parametrize("category", ["lain", "tidak_ada"])
def test_what_nobody_is_named_for_goes_to_triage(category: str):
    found = routed(category=category)
    assert (found.agency, found.rule) == ("triase", None)
    assert category in found.reason


def test_the_first_rule_that_matches_wins():
    rules = (
        RoutingRule("bpbd", words=("banjir",)),
        RoutingRule("pupr", words=("pasar",)),
        RoutingRule("bpbd", category="sampah"),
    )
    found = routed(*rules)
    assert (found.agency, found.rule, found.reason) == ("pupr", rules[1], "rule 2: words pasar")


@pytest.mark.parametrize(
    ("word", "text", "matches"),
    [
        ("pasar", "Sampah di PASAR, bau", True),
        ("pasar", "pasaran naik", False),
        ("pasar besar", "di pasar\n besar", True),
        ("pasar besar", "pasar yang besar", False),
        ("c++", "buku c++", True),
        ("jl.", "jl. Diponegoro", True),
        ("api", "kapita api", True),
        ("api", "kapital", False),
    ],
)
def test_words_are_whole_words_in_any_case(word: str, text: str, matches: bool):
    assert (routed(RoutingRule("bpbd", words=(word,)), text=text).agency == "bpbd") is matches


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("Jalan rusak di gang 3", True),
        ("Jalan raya depan gang 3 rusak", False),
        ("dekat GANG", False),
        ("depan gang, di gang itu juga", True),
    ],
)
def test_a_word_that_only_says_what_is_near_does_not_count(text: str, matches: bool):
    assert (routed(RoutingRule("bpbd", words=("gang",)), text=text).agency == "bpbd") is matches


def test_a_proposed_agency_goes_before_the_category_s_and_behind_the_rules():
    assert routed(proposed="pupr").agency == "pupr"
    assert routed(RoutingRule("bpbd", category="sampah"), proposed="pupr").agency == "bpbd"


def test_every_condition_given_must_hold():
    rule = RoutingRule("bpbd", category="sampah", villages=("3579011004",), words=("pasar", "terminal"), weekdays=(1,))
    assert routed(rule).agency == "bpbd"
    assert routed(rule, category="jalan").agency == "pupr"
    assert routed(rule, village=None).agency == "dlh"
    assert routed(rule, text="Sampah").agency == "dlh"
    assert routed(rule, at_local=wib("3 10:00")).agency == "dlh"


@pytest.mark.parametrize(
    ("after", "before", "at", "matches"),
    [
        (time(8), time(16), "2 08:00", True),
        (time(8), time(16), "2 16:00", False),
        (time(22), time(5), "2 23:30", True),
        (time(22), time(5), "2 04:59", True),
        (time(22), time(5), "2 05:00", False),
        (time(22), None, "2 23:00", True),
        (time(22), None, "2 21:59", False),
        (None, time(5), "2 04:00", True),
        (None, time(5), "2 06:00", False),
    ],
)
def test_a_time_of_day_may_span_midnight(after: time | None, before: time | None, at: str, matches: bool):
    assert (routed(RoutingRule("bpbd", after=after, before=before), at_local=wib(at)).agency == "bpbd") is matches


def test_a_rule_without_conditions_takes_everything():
    assert routed(RoutingRule("bpbd")).reason == "rule 1: always"


def test_why_names_every_condition():
    rule = RoutingRule("bpbd", "sampah", ("pasar",), ("3579011004",), time(8), time(16), (1, 2))
    assert routed(rule).reason == (
        "rule 1: category 'sampah', village 3579011004, weekday 1/2, after 08:00, before 16:00, words pasar"
    )


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("sampah", "sampah"),
        ("SAMPAH", "sampah"),
        ("Waste", "sampah"),
        ("Sampah Liar", "sampah"),
        ("pohon-tumbang!", "pohon"),
        ("  Pohon   Tumbang ", "pohon"),
        ("Broken_Road", "jalan"),
        ("pothole", "jalan"),
        ("banjir", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_label_names_a_category_by_code_name_or_word(label: str, code: str | None):
    found = category_of(label, a_city())
    assert (found.code if found else None) == code


def test_a_word_never_hides_another_category_s_code():
    categories = a_city().categories
    greedy = {**categories, "jalan": replace(categories["jalan"], words=("pohon", "Fallen tree"))}
    city: City = replace(a_city(), categories={"jalan": greedy["jalan"], "pohon": greedy["pohon"]})
    for label in ("POHON", "fallen tree"):
        found = category_of(label, city)
        assert found is not None
        assert found.code == "pohon"
