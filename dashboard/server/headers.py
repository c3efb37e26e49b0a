"""What every answer of the server carries: headers that keep a page to itself, and how long it may be kept."""

from __future__ import annotations

from flask import Flask, Response, request

YEAR_S = 31_536_000


def dress(app: Flask, policy: str) -> None:
    """Let every answer be dressed; `policy` is the Content-Security-Policy of pages that bring none of their own."""

    @app.after_request
    def after(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        if answer.mimetype == "text/html":
            answer.headers.setdefault("Content-Security-Policy", policy)
            answer.headers["Cache-Control"] = "no-store"
        if request.path.startswith("/wall/assets/") and "m" in request.args:
            answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return answer


def content_policy(script_hashes: list[str], tiles: str | None) -> str:
    """Only what this server serves, and tiles from where config.yaml says; inline scripts by their hash."""
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
