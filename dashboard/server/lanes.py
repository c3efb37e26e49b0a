"""Which whole request is answered next: each kind has threads of its own, and of them one address has a share."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class Lane(NamedTuple):
    """A kind of requests."""

    threads: int
    share: int
    """How many of them one address may hold at once."""
    queue: int
    """How many of one address may wait."""


@dataclass(frozen=True, slots=True)
class Turn(Generic[Item]):
    """Something that waits for a thread or has one."""

    lane: str
    address: str
    item: Item


class Lanes(Generic[Item]):
    """Used by one thread alone."""

    def __init__(self, lanes: Mapping[str, Lane]) -> None:
        self._lanes = lanes
        self._waiting: dict[str, dict[str, deque[Turn[Item]]]] = {name: {} for name in lanes}
        self._running: dict[str, Counter[str]] = {name: Counter() for name in lanes}

    @property
    def threads(self) -> int:
        """Of all lanes together."""
        return sum(lane.threads for lane in self._lanes.values())

    def put(self, lane: str, address: str, item: Item) -> bool:
        """Let it wait for its turn; False when too many of its address do."""
        line = self._waiting[lane].setdefault(address, deque())
        if len(line) >= self._lanes[lane].queue:
            return False
        line.append(Turn(lane, address, item))
        return True

    def take(self) -> Turn[Item] | None:
        """The next one that may have a thread: of the address that holds fewest, then of the one that waits longest."""
        for name, lane in self._lanes.items():
            waiting, running = self._waiting[name], self._running[name]
            if not waiting or running.total() >= lane.threads:
                continue
            address = min(waiting, key=lambda each: running[each])
            if running[address] >= lane.share:
                continue
            turn = waiting[address].popleft()
            line = waiting.pop(address)
            if line:
                waiting[address] = line
            running[address] += 1
            return turn
        return None

    def end(self, turn: Turn[Item]) -> None:
        """Its thread is free."""
        running = self._running[turn.lane]
        running[turn.address] -= 1
        if not running[turn.address]:
            del running[turn.address]
