"""Pages that are installed on a telephone and open without network: manifest, service worker, the empty page it keeps.

The worker's first line names what is kept, by a hash of its content: another content is another worker, and browsers
replace the one before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, g, url_for

from dashboard.web.static import address, content
from layouts.kit.words import words

GONE = b"self.registration.unregister();\n"
"""A worker that ends itself."""


@dataclass(frozen=True, slots=True)
class Installable:
    """One of them."""

    name: str
    """`app.NAME.title` and `.about` are its words, NAME.svg is its icon."""
    page: str
    """The endpoint of its first page."""
    shell: str
    """The endpoint of the empty page, which holds nothing of any person."""
    pages: tuple[str, ...]
    """Addresses in whose place the empty page is shown without network, as patterns."""
    scripts: tuple[str, ...]
    """With the style sheet: what the empty page loads."""

    def files(self) -> list[str]:
        """Their addresses."""
        return [address(name) for name in (*self.scripts, f"{self.name}.svg")]

    def manifest(self) -> Response:
        """What a browser asks for before it installs the page."""
        say, start = words(g.lang), url_for(self.page)
        told = {
            "id": start,
            "name": say(f"app.{self.name}.title"),
            "short_name": say(f"app.{self.name}.title"),
            "description": say(f"app.{self.name}.about"),
            "lang": g.lang,
            "start_url": start,
            "scope": start,
            "display": "standalone",
            "background_color": "#eef0f2",
            "theme_color": "#eef0f2",
            "icons": [{"src": address(f"{self.name}.svg"), "type": "image/svg+xml", "sizes": "any", "purpose": "any"}],
        }
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/manifest+json")

    def worker(self, shell: Callable[[], str], more: Sequence[tuple[str, bytes]] = ()) -> Response:
        """`shell` draws the empty page; `more`: addresses and content of further files."""
        files = [*self.files(), *(each for each, _ in more)]
        parts = (shell().encode(), *(body for _, body in more), json.dumps(files).encode(), content("worker.js"))
        digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
        kept = {
            "name": f"{self.name}@{digest}",
            "shell": url_for(self.shell),
            "pages": self.pages,
            "files": files,
        }
        return self.script(f"const KEPT = {json.dumps(kept)};\n".encode() + content("worker.js"))

    def script(self, body: bytes) -> Response:
        """A worker for this page and what is below it."""
        answer = Response(body, mimetype="application/javascript")
        answer.headers["Service-Worker-Allowed"] = url_for(self.page)
        return answer
