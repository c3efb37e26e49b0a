"""Looks at a page from inside: in which frame the text of a region became another."""

from __future__ import annotations

import time

from playwright.sync_api import Page

WATCH = """id => {
  window.__frames = [];
  const region = document.getElementById(id);
  let last = region.textContent;
  new MutationObserver(() => {
    const text = region.textContent;
    if (text === last) return;
    last = text;
    requestAnimationFrame(() => window.__frames.push(performance.timeOrigin + performance.now()));
  }).observe(region, {subtree: true, childList: true, characterData: true});
}"""


class FrameWatcher:
    """Notes the frames in which the region had a new text."""

    def __init__(self, page: Page, region: str) -> None:
        self._page = page
        page.evaluate(WATCH, region)

    def saw_after(self, moment: float, seconds: float = 5) -> float:
        """The first such frame after `moment` (both milliseconds since 1970); infinite when there was none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            frame = self._page.evaluate("moment => window.__frames.find(frame => frame > moment) || 0", moment)
            if frame:
                return float(frame)
            time.sleep(0.02)
        return float("inf")
