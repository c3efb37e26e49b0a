"""A short look at every parser of outside input; `make fuzz` looks long. Nothing but named faults, and that soon."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, currently_in_test_context, given, note, settings

from data.reference.boundaries.findings import printable
from ingest.sources.feed.body import InvalidJson, items_of
from ingest.sources.feed.paths import follow
from ingest.sources.feed.rows import CONTENT_ID, content_id
from ingest.sources.open311.client import key_of
from ingest.sources.open311.source import _raw
from tests.fuzz.answers import feed, open311
from tests.fuzz.edits import changed
from tests.fuzz.findings import FINDINGS
from tests.fuzz.stage import Target, take
from tests.fuzz.targets import TARGETS

LONGEST_S = 8.0
"""Of a processor's time, for one small input."""
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::RuntimeWarning")


def tried(target: Target, data: bytes) -> None:
    if currently_in_test_context():
        note(repr(data[:2000]))
    start = time.thread_time()
    target(data)
    assert time.thread_time() - start < LONGEST_S


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_raises_nothing_but_its_own_faults(name: str):
    target = TARGETS[name]
    samples = target.seeds()
    quick = settings(
        max_examples=target.examples, derandomize=True, database=None, deadline=None,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    @quick
    @given(changed(samples))
    def run(data: bytes) -> None:
        tried(target, data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_takes_its_own_samples(name: str):
    for sample in TARGETS[name].seeds():
        tried(TARGETS[name], sample)


@pytest.mark.parametrize(("name", "data"), [row[1:] for row in FINDINGS], ids=[row[0] for row in FINDINGS])
def test_what_once_broke_a_parser_does_so_no_more(name: str, data: bytes):
    tried(TARGETS[name], data)


def deep() -> Any:
    """What one thread just could read from JSON, and another cannot walk through."""
    value: Any = "x"
    for _ in range(5000):
        value = [value]
    return value


def test_what_is_too_deep_to_be_walked_through_is_named_and_refused_all_the_same():
    item = {"isi": deep()}
    assert key_of(item) == key_of({"isi": deep()})
    assert content_id(item).startswith(CONTENT_ID)
    assert printable(item) == "dict"
    with pytest.raises(InvalidJson, match="server berkata: daftar"):
        items_of({"data": "x", "error": deep()}, follow("data"), "data")
    take(feed(), feed().raw(item))
    take(open311(), _raw(item, {}, {}))
