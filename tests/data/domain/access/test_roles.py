"""What each role may know of agencies and of private cases."""

from __future__ import annotations

import pytest

from data.domain.access.roles import Person, Role, unfit_agencies, unfit_villages

OWN = frozenset({"dlh"})


@pytest.mark.parametrize(
    ("role", "own", "other", "private_own", "private_other", "private_routed"),
    [
        (Role.OPERATOR, True, True, True, True, True),
        (Role.SUPERVISOR, True, True, True, True, True),
        (Role.ADMINISTRATOR, True, True, False, False, False),
        (Role.RESPONDER, True, False, True, False, False),
        (Role.HEAD, True, False, False, False, False),
        (Role.FIELD, False, False, False, False, False),
    ],
)
def test_agencies_see_their_own_and_private_cases_stay_with_who_handles_them(
    role: Role, own: bool, other: bool, private_own: bool, private_other: bool, private_routed: bool
):
    person = Person(1, "x", role, OWN if unfit_agencies(role, frozenset()) else frozenset())
    assert (person.sees("dlh"), person.sees("dpupr")) == (own, other)
    held = person.handles_private("dlh", held=True), person.handles_private("dpupr", held=True)
    assert held == (private_own, private_other)
    assert person.handles_private("dlh", held=False) == private_routed


@pytest.mark.parametrize(
    ("role", "agencies", "fault"),
    [
        (Role.HEAD, (), "missing"),
        (Role.HEAD, ("dlh",), None),
        (Role.HEAD, ("dlh", "dpupr"), "many"),
        (Role.RESPONDER, ("dlh", "dpupr"), None),
        (Role.RESPONDER, (), "missing"),
        (Role.OPERATOR, ("dlh",), "needless"),
        (Role.ADMINISTRATOR, (), None),
    ],
)
def test_the_agencies_of_an_account_fit_its_role(role: Role, agencies: tuple[str, ...], fault: str | None):
    assert unfit_agencies(role, frozenset(agencies)) == fault


@pytest.mark.parametrize(
    ("role", "villages", "fault"),
    [
        (Role.FIELD, ("35.79.01.1004", "35.79.01.1001"), None),
        (Role.FIELD, (), "village_missing"),
        (Role.OPERATOR, ("35.79.01.1004",), "village_needless"),
        (Role.HEAD, (), None),
    ],
)
def test_the_villages_of_an_account_fit_its_role(role: Role, villages: tuple[str, ...], fault: str | None):
    assert unfit_villages(role, frozenset(villages)) == fault
