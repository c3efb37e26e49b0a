"""What prices do in the simulated market: seasons, a slow wandering, an apple glut, a crash of tomatoes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from data.domain.market.nouns import Commodity, Level

GLUT, CRASH = "apel", "tomat"
_MARGIN = {Level.PRODUCER: 1.0, Level.WHOLESALE: 1.28, Level.CONSUMER: 1.75}
_SEASON, _WANDER, _JITTER = 0.22, 0.1, 0.04


@dataclass(frozen=True, slots=True)
class Story:
    """What happens once, by days from the first one."""

    first: date
    glut_from: int = 35
    glut_days: int = 40
    """The price falls to a half of it in the middle, and three times as much is offered."""
    crash_from: int = 84
    """From here on the price is 42 % of what it was."""
    press_from: int = 50
    """From here on one buyer pays half of what the others pay."""

    def glut(self, day: date) -> float:
        """0 to 1: how deep in the glut that day is."""
        into = ((day - self.first).days - self.glut_from) / self.glut_days
        return math.sin(math.pi * into) if 0 < into < 1 else 0.0

    def crashed(self, day: date) -> bool:
        return (day - self.first).days >= self.crash_from

    def presses(self, day: date) -> bool:
        return day - self.first >= timedelta(days=self.press_from)


class Prices:
    """Prices by day; the same seed gives the same."""

    def __init__(self, commodities: Mapping[str, Commodity], seed: int, story: Story) -> None:
        self._commodities, self._story = commodities, story
        self._phases = {code: Random(f"{seed}/{code}").random() for code in commodities}

    def level(self, code: str, level: Level, day: date) -> float:
        """What is usual that day, in rupiah for one own unit."""
        return self._commodities[code].usual * self._course(code, level, day) * _MARGIN[level]

    def _course(self, code: str, level: Level, day: date) -> float:
        phase, at = self._phases[code], day.toordinal()
        season = 1 + _SEASON * math.cos(2 * math.pi * (at / 365.25 + phase))
        wander = math.sin(2 * math.pi * (at / 41 + phase)) + 0.6 * math.sin(2 * math.pi * (at / 13 + 3 * phase))
        return season * math.exp(_WANDER * wander) * self._event(code, level, day)

    def _event(self, code: str, level: Level, day: date) -> float:
        """In shops prices fall half as far as on the farm."""
        factor = 1.0
        if code == GLUT:
            factor = 1 - 0.5 * self._story.glut(day)
        elif code == CRASH and self._story.crashed(day):
            factor = 0.42
        return math.sqrt(factor) if level is Level.CONSUMER else factor

    def asked(self, code: str, day: date, rng: Random, level: Level = Level.PRODUCER) -> int:
        """One price of that day, as people round it."""
        return rounded(self.level(code, level, day) * math.exp(rng.gauss(0, _JITTER)))


def rounded(price: float) -> int:
    """To 100 rupiah; below 5,000 to 50."""
    step = 100 if price >= 5000 else 50
    return max(step, round(price / step) * step)
