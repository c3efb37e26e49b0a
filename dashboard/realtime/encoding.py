"""JSON for the sockets. A drawing is written as text once, however many screens, rooms and newcomers it goes to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """A value that is JSON text already."""

    text: str


def text_of(value: Any) -> str:
    """JSON, as short as it can be."""
    return _encoder.encode(value)


def array(parts: Iterable[Ready]) -> Ready:
    """Ready values as one array."""
    return Ready(f"[{','.join(part.text for part in parts)}]")


class SocketJson:
    """What python-socketio takes for its `json`: knows a ready value where it emits one, an event's only argument."""

    @staticmethod
    def dumps(value: Any, **options: Any) -> str:
        """JSON of [event, argument] and of everything else."""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], Ready):
            return f"[{json.dumps(value[0])},{value[1].text}]"
        return json.dumps(value, **options)

    @staticmethod
    def loads(text: str | bytes, **options: Any) -> Any:
        """What a browser said."""
        return json.loads(text, **options)
