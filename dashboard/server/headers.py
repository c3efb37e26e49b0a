"""Headers of every answer: security, caching."""

from __future__ import annotations

from flask import Flask, Response, g, request

YEAR_S = 31_536_000
ASSETS = ("/wall/assets/", "/kinerja/assets/")


def add_headers(app: Flask, policy: str) -> None:
    """`policy`: the Content-Security-Policy of pages without one of their own."""

    @app.after_request
    def after(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers.setdefault("Referrer-Policy", "no-referrer")
        if answer.mimetype == "text/html":
            answer.headers.setdefault("Content-Security-Policy", policy)
            if not g.get("may_be_kept"):  # a public page, the same for everybody
                answer.headers["Cache-Control"] = "no-store"
        if answer.status_code < 400 and request.path.startswith(ASSETS) and "m" in request.args:
            answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return answer


def content_policy(script_hashes: list[str], tiles: str | None) -> str:
    """Allows what this server serves, map tiles from the address in config.yaml, and inline scripts by hash."""
    images = "'self' data: blob:" + (f" {'/'.join(tiles.split('/')[:3])}" if tiles and tiles.startswith("http") else "")
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": images,
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
