"""The colours of walls and pages. `css()` makes variables of them, in every page; tests check their contrast.

Backgrounds are grey; colour is only where somebody must act.
"""

from __future__ import annotations

from collections.abc import Mapping

DARK = {
    "ground": "#0f1318",
    "panel": "#171c23",
    "raised": "#202731",
    "line": "#29313b",
    "text": "#eef1f4",
    "muted": "#9aa6b3",
    "overdue": "#ff6f52",
    "risk": "#f6bd41",
    "new": "#6cc4f5",
    "running": "#8694a3",
    "on-state": "#0f1318",
    "land": "#1d242c",
    "land-1": "#3a2b29",
    "land-2": "#57352d",
    "edge": "#46525f",
    "border": "#8290a0",
}
LIGHT = {
    "ground": "#eef0f2",
    "panel": "#ffffff",
    "raised": "#e6e9ec",
    "line": "#d4d9de",
    "text": "#12171c",
    "muted": "#55606b",
    "overdue": "#b3261e",
    "risk": "#8a5a00",
    "new": "#005f9e",
    "running": "#5d6975",
    "on-state": "#ffffff",
    "land": "#e3e7ea",
    "land-1": "#f3d9d2",
    "land-2": "#eab8ab",
    "edge": "#b4bcc4",
    "border": "#77828d",
}
THEMES: Mapping[str, Mapping[str, str]] = {"dark": DARK, "light": LIGHT}

TEXT_ON = (
    ("text", "ground"),
    ("text", "panel"),
    ("text", "raised"),
    ("text", "land"),
    ("text", "land-1"),
    ("text", "land-2"),
    ("muted", "ground"),
    ("muted", "panel"),
    ("muted", "raised"),
    ("overdue", "ground"),
    ("overdue", "panel"),
    ("overdue", "raised"),
    ("risk", "ground"),
    ("risk", "panel"),
    ("risk", "raised"),
    ("new", "ground"),
    ("new", "panel"),
    ("on-state", "overdue"),
    ("on-state", "risk"),
    ("on-state", "new"),
    ("on-state", "running"),
)
"""(ink, ground) pairs in which the style sheets set text: at least 4.5:1."""
GRAPHICS_ON = (
    *(
        (state, ground)
        for state in ("overdue", "risk", "new", "running")
        for ground in ("ground", "panel", "raised", "land", "land-1", "land-2")
    ),
    ("border", "panel"),
    ("border", "land"),
)
"""Pairs in which they set symbols and borders that carry meaning: at least 3:1."""


MARK = ".mark{display:inline-block;flex:none;width:.74em;height:.74em;background:var(--tone);clip-path:var(--shape)}"
"""The symbol of a state; its colour and shape are set where the state is."""


def css() -> str:
    """What walls and pages share: the variables of both themes, dark unless `data-theme` says light; the symbol."""
    return f":root{_block('dark')}[data-theme=light]{_block('light')}{MARK}"


def _block(theme: str) -> str:
    tokens = "".join(f"--{name}:{value};" for name, value in THEMES[theme].items())
    return f"{{color-scheme:{theme};{tokens}}}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two '#rrggbb' colours (WCAG 2.2)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
