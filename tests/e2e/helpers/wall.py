"""A wall as it hangs: a page in Chromium that nobody touches, and what can be seen on it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
"""Without windows it needs half as much of the machine."""
LONG_S = 60.0
"""What a wall comes to by itself it has come to by then on any machine."""
LANDSCAPE, PORTRAIT, LARGE = (1920, 1080), (1080, 1920), (3840, 2160)

FAULTS = """() => {
  const out = {scroll: [], overflow: [], clipped: []};
  const classes = e => typeof e.className === 'string' ? e.className.trim().split(/\\s+/).filter(Boolean) : [];
  const name = e => [e.tagName.toLowerCase() + (e.id ? '#' + e.id : ''), ...classes(e)].join('.').slice(0, 70);
  const root = document.documentElement;
  if (root.scrollHeight > innerHeight + 1 || root.scrollWidth > innerWidth + 1)
    out.scroll.push(`page ${root.scrollWidth}x${root.scrollHeight} in ${innerWidth}x${innerHeight}`);
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.leaflet-container')) continue;
    const style = getComputedStyle(e);
    if (/auto|scroll/.test(style.overflowX + style.overflowY) &&
        (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)) out.scroll.push(name(e));
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const r = e.getBoundingClientRect();
    if (!own || !r.width || !r.height || style.visibility === 'hidden') continue;
    const text = name(e) + ' "' + e.textContent.trim().slice(0, 40) + '"';
    if (r.right > innerWidth + 1 || r.bottom > innerHeight + 1 || r.left < -1 || r.top < -1) out.overflow.push(text);
    if (style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) out.clipped.push(text);
    for (let box = e.parentElement; box && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowY === 'visible') continue;
      const b = box.getBoundingClientRect();
      if (r.bottom > b.bottom + 2 || r.right > b.right + 2) { out.clipped.push(text + ' by ' + name(box)); break; }
    }
  }
  return out;
}"""


@dataclass
class Wall:
    """One open wall."""

    page: Page
    said: list[str] = field(default_factory=list)
    """Errors on the browser's console, and requests that failed."""

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console says in anger."""
        if message.type == "error":
            self.said.append(message.text)

    def open(self, url: str) -> Wall:
        """Go there and wait until it is current; from then on nobody touches it."""
        self.page.goto(url)
        self.live()
        self.page.evaluate("window.__untouched = true")
        return self

    @property
    def state(self) -> str:
        """live, late, stale or offline, as the wall judges by itself."""
        return self.page.locator("#wall--badge").get_attribute("data-mode") or ""

    def live(self) -> None:
        """Wait until it is live."""
        expect(self.page.locator("#wall--badge")).to_have_attribute("data-mode", "live", timeout=LONG_S * 1000)

    def not_live(self) -> None:
        """Wait until it says that it is not."""
        badge = self.page.locator("#wall--badge")
        expect(badge).to_have_attribute("data-mode", re.compile("late|stale|offline"), timeout=LONG_S * 1000)

    def shows(self, text: str, seconds: float = LONG_S) -> None:
        """Wait until a text can be seen."""
        expect(self.page.locator("body")).to_contain_text(text, timeout=seconds * 1000, use_inner_text=True)

    @property
    def text(self) -> str:
        """Everything that can be read on it."""
        return self.page.locator("body").inner_text()

    @property
    def untouched(self) -> bool:
        """True while the page that was opened is still the one that is there."""
        return bool(self.page.evaluate("window.__untouched === true"))

    def countdowns(self) -> dict[str, str]:
        """The texts of the running countdowns by their due moment (epoch seconds as written in the page)."""
        script = "es => Object.fromEntries(es.map(e => [e.dataset.due, e.textContent]))"
        found: dict[str, str] = self.page.locator("time.count[data-due]").evaluate_all(script)
        return found

    def faults(self) -> dict[str, list[str]]:
        """Scroll bars, text beyond the glass, cut text."""
        found: dict[str, list[str]] = self.page.evaluate(FAULTS)
        return found


def hang(browser: Browser, size: tuple[int, int] = LANDSCAPE, script: str = "") -> tuple[BrowserContext, Wall]:
    """A new wall computer with a panel of this size; `script` runs before anything of the page."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(LONG_S * 1000)
    if script:
        context.add_init_script(script)
    page = context.new_page()
    wall = Wall(page)
    page.on("console", wall.note)
    page.on("pageerror", lambda error: wall.said.append(str(error)))
    return context, wall


def seconds_of(text: str) -> int | None:
    """A countdown's text, H:MM:SS or MM:SS with a minus when overdue, in seconds; None for anything coarser."""
    found = re.fullmatch(r"\s*([-−+]?)(?:(\d+):)?(\d+):(\d\d)\s*", text)
    if not found:
        return None
    sign = -1 if found[1] in {"-", "−"} else 1
    return sign * (int(found[2] or 0) * 3600 + int(found[3]) * 60 + int(found[4]))
