"""Who works here: the roles of accounts, and what each may know of cases.

Screens and API keys are no accounts: a screen's token opens its wall, a key posts for its client.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    OPERATOR = "operator"
    """Works at the desk of the control room."""
    RESPONDER = "responder"
    """Answers for one agency or more."""
    HEAD = "head"
    """Leads an agency."""
    SUPERVISOR = "supervisor"
    """Leads a shift of the control room."""
    ADMINISTRATOR = "administrator"
    """Diskominfo: sources, uploads, accounts."""
    FIELD = "field"
    """An officer of a village, a field assistant: reports for others, answers the farmers of the village."""
    MARKET_OFFICER = "market_officer"
    """Looks after Among Tani: matches, held prices, who presses farmers. Sees no case."""
    CITY_OFFICER = "city_officer"
    """Looks after Among Kota: places, agenda, conditions, what businesses send in. Sees no case."""
    FARMER = "farmer"
    """Sells at /tani, and asks."""
    BUYER = "buyer"
    """Buys at /tani."""


OF_AGENCIES = frozenset({Role.RESPONDER, Role.HEAD})
"""Their accounts belong to agencies, and see these only. All other accounts belong to none."""
OF_VILLAGES = frozenset({Role.FIELD})
"""Their accounts belong to villages, and see of cases what they reported for others, and farmers' questions of these
villages."""
EVERYBODY = frozenset(Role)
TRADERS = frozenset({Role.FARMER, Role.BUYER})
"""They do not work here: of cases and figures they see nothing but what everybody sees."""
STAFF = EVERYBODY - TRADERS
VERIFIERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})
"""They verify what comes in, whatever agency it goes to."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a drawing is for: those who share it are shown the same."""

    agencies: frozenset[str] | None
    """The agencies whose cases they see; None: all."""
    private: bool
    """Whether private cases of these agencies are shown as they are; else they are masked."""


WALL = Audience(None, private=False)
"""Whoever stands before a wall."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has logged in."""

    id: int
    name: str
    role: Role
    agencies: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    """Kemendagri codes."""

    @property
    def sees_all_agencies(self) -> bool:
        """Whether the role is bound to no agency."""
        return self.role not in OF_AGENCIES | OF_VILLAGES | TRADERS

    def sees(self, agency: str) -> bool:
        """Whether figures and cases of this agency are for this person."""
        return self.sees_all_agencies or agency in self.agencies

    def handles_private(self, agency: str, *, held: bool) -> bool:
        """Whether the text, place and reporter of a private case are for this person: of the agency that holds it or,
        with `held` false, to which it is only routed.

        They are for who answers in the agency that holds it and for who verifies: before that the desk has not yet
        seen whom it accuses. For everybody else it stays masked, in lists, exports, charts and counts of one.
        """
        return self.audience.private and (self.sees_all_agencies or (held and self.sees(agency)))

    @property
    def audience(self) -> Audience:
        """Whom drawings for this person are for."""
        agencies = None if self.sees_all_agencies else self.agencies
        return Audience(agencies, private=self.role in VERIFIERS or self.role is Role.RESPONDER)


def unfit_agencies(role: Role, agencies: frozenset[str]) -> str | None:
    """What is wrong with an account's agencies: 'missing', 'many' (a head leads one), 'needless'; None: nothing."""
    if role not in OF_AGENCIES:
        return "needless" if agencies else None
    if not agencies:
        return "missing"
    return "many" if role is Role.HEAD and len(agencies) > 1 else None


def unfit_villages(role: Role, villages: frozenset[str]) -> str | None:
    """What is wrong with an account's villages: 'village_missing', 'village_needless'; None: nothing."""
    if role in OF_VILLAGES:
        return None if villages else "village_missing"
    return "village_needless" if villages else None
