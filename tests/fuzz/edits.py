"""Changes to samples, for the short run: each a few numbers, so that every example can be told and made smaller."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from hypothesis import strategies as st


class Edit(NamedTuple):
    """One change; places are shares of the length, so that the same edit fits every sample."""

    kind: int
    at: float
    size: int
    piece: bytes


_PIECES = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\n", b'"', b"<", b">", b"&", b"]]>", b"[", b"{", b"}", b"null", b"NaN",
    b"-1", b"9" * 30, b"1e999", b"9" * 400, b"\\ud800", b"\\u0000", b"%", b"+", b"\xc2\xb2", b"\xd9\xa3", b"<!--",
    b"encoding='x'", b"9999-12-31T23:59:59Z", b"0001-01-01", b" " * 300, b"[" * 300, b"_x0000_", b"undefined",
)  # fmt: skip
_edits = st.builds(
    Edit,
    st.integers(0, 4),
    st.floats(0, 1),
    st.integers(0, 40),
    st.one_of(st.sampled_from(_PIECES), st.binary(max_size=8)),
)


_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, -0.5, 10**400, float("nan"), float("inf"), "", " ", "\0", "\ud800", "x" * 5000, "²",
    "NaN", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", [], {}, [[]], [{}], {"": None}, [1, "a"], {"type": []},
)  # fmt: skip
"""Values that stand where nobody expects them."""


def changed(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes out of nothing, samples with up to six edits, and samples of JSON with up to three values exchanged."""
    documents = [sample for sample in samples if sample[:1] in (b"{", b"[")]
    swaps = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(_ODD)), min_size=1, max_size=3)
    return st.one_of(
        *([st.builds(_swapped, st.sampled_from(documents), swaps)] * 2 if documents else []),
        st.builds(_edited, st.sampled_from(samples), st.lists(_edits, min_size=1, max_size=6)),
        st.builds(_edited, st.sampled_from(samples), st.lists(_edits, min_size=1, max_size=2)),
        st.binary(max_size=200),
    )


def _swapped(sample: bytes, swaps: Sequence[tuple[float, Any]]) -> bytes:
    try:
        value = json.loads(sample)
    except ValueError:
        return sample
    for at, odd in swaps:
        places = list(_places(value))
        if places:
            holder, key = places[int(at * (len(places) - 1))]
            holder[key] = deepcopy(odd)
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list and object with each of its keys."""
    found = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in found:
        yield value, key
        yield from _places(inner)


def _edited(sample: bytes, edits: Sequence[Edit]) -> bytes:
    for kind, at, size, piece in edits:
        place = int(at * len(sample))
        before, inside, behind = sample[:place], sample[place : place + size], sample[place + size :]
        sample = before + (piece, piece + inside, b"", inside + inside, bytes(255 - b for b in inside))[kind] + behind
    return sample
