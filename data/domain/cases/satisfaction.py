"""The nine elements of the public satisfaction survey (PermenPANRB 14/2017), of which a reporter is asked three.

Which three follows from the case and its cycle, so that all nine are asked equally often. Each has four points, a scale
of their own: neither the one question of the rating nor the 1 to 5 of other sources.
"""

from __future__ import annotations

ELEMENTS = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "behaviour",
    "complaints",
    "facilities",
)
"""In the order of the regulation. Their words are `portal.element.ELEMENT` and `report.name.element.ELEMENT`."""
ASKED = 3
POINTS = (1, 2, 3, 4)


def asked_of(case_id: int, cycle: int) -> tuple[str, ...]:
    """The three of this case in this cycle."""
    first = ASKED * ((case_id + cycle) % (len(ELEMENTS) // ASKED))
    return ELEMENTS[first : first + ASKED]
