"""One step ahead: the next page is fetched while the last one is being stored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """The same items; each is asked for, in a thread, as soon as the one before it is handed over.

    What asking raises is raised here in its turn. Nobody may touch `items` meanwhile.
    """
    with_thread = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        coming = with_thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = with_thread.submit(next, items, None)
            yield item
    finally:
        with_thread.shutdown(wait=False, cancel_futures=True)
