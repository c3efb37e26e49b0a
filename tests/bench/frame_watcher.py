"""Looks at a page from inside: in which frame a region became another, by its text or by the elements in it."""

from __future__ import annotations

import time

from playwright.sync_api import Page

WATCH = """([id, selector]) => {
  const frames = ((window.__frames = window.__frames || {})[id] = []);
  const region = document.getElementById(id);
  const look = () => (selector ? region.querySelectorAll(selector).length : region.textContent);
  let last = look();
  new MutationObserver(() => {
    const now = look();
    if (now === last) return;
    last = now;
    requestAnimationFrame(() => frames.push(performance.timeOrigin + performance.now()));
  }).observe(region, {subtree: true, childList: true, characterData: true});
}"""


LOOK = "([id, moment]) => window.__frames[id].find(frame => frame > moment) || 0"


class FrameWatcher:
    """Notes the frames in which the region had a new text, or more or fewer elements of a selector."""

    def __init__(self, page: Page, region: str, selector: str = "") -> None:
        self._page, self._region = page, region
        page.evaluate(WATCH, [region, selector])

    def saw_after(self, moment: float, seconds: float = 5) -> float:
        """The first such frame after `moment` (both milliseconds since 1970); infinite when there was none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            frame = self._page.evaluate(LOOK, [self._region, moment])
            if frame:
                return float(frame)
            time.sleep(0.02)
        return float("inf")
