"""What waits to be sent to one screen: as a rule nothing, for what its connection can take at once is sent at once.

python-engineio wakes a thread of each screen for every message: two hundred wake-ups a change.
"""

from __future__ import annotations

from queue import Queue
from typing import Any, Protocol

from engineio.packet import MESSAGE


class Way(Protocol):
    """A connection; see `dashboard.realtime.websocket_transport.Line`."""

    def send_now(self, text: str) -> bool:
        """Send without waiting, if nothing comes before; False: it must queue."""

    def expect(self) -> None:
        """Something has been queued: nothing may overtake it."""


class Rest:
    """Stands in the queue for the rest of a message whose beginning was sent at once."""

    def encode(self) -> Rest:
        """As the packets beside it are asked."""
        return self


class Outbox(Queue[Any]):
    """An engineio socket's queue of packets. A message goes past it when nothing is before it.

    Pings and the other packets of the protocol always queue: to the thread that empties it a queue in which nothing
    is put for long is a connection that has gone.
    """

    def __init__(self, way: Way, before: Queue[Any]) -> None:
        """`before`: the queue in whose place it comes, with what is in it already."""
        super().__init__()
        self._way = way
        while not before.empty():
            self._queued(before.get_nowait())

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Send or queue a packet; None ends the queue."""
        text = item.encode() if getattr(item, "packet_type", None) == MESSAGE else None
        if not (isinstance(text, str) and self._way.send_now(text)):
            self._queued(item)

    def _queued(self, item: Any) -> None:
        if item is not None:
            self._way.expect()
        super().put(item)
