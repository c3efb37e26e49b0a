"""Tokens of screens: long-lived, read-only, worthless once the screen's version is raised."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode


def screen_token(secret: bytes, screen: str, version: int) -> str:
    """The token in a screen's address: HMAC-SHA256 of its name and version, url-safe."""
    digest = hmac.new(secret, f"screen:{screen}:{version}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_screen_token(secret: bytes, screen: str, version: int, token: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(screen_token(secret, screen, version).encode(), token.encode())


def screen_address(base: str, secret: bytes, screen: str, version: int) -> str:
    """The whole address of a wall, to be opened once on its monitor."""
    query = urlencode({"token": screen_token(secret, screen, version)})
    return f"{base.rstrip('/')}/wall/{screen}?{query}"
