"""Fetches the next page while the last one is being stored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """The same items; the next one is fetched in a thread while the caller works on the present one.

    Errors of `items` are raised here. Nothing else may use `items` at the same time.
    """
    with_thread = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        coming = with_thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = with_thread.submit(next, items, None)
            yield item
    finally:
        with_thread.shutdown(wait=False, cancel_futures=True)
