"""Access to walls: each screen has a token, read-only, valid until the screen's version in config.yaml is raised."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from dashboard.config.models import ScreenSettings


class ScreenAccess:
    """Decides who may see a wall: for its page and for its socket."""

    def __init__(self, screens: Mapping[str, ScreenSettings], secret: bytes) -> None:
        self._screens, self._secret = screens, secret

    def allows(self, name: str, token: str) -> bool:
        """False also for a screen that does not exist."""
        screen = self._screens.get(name)
        return screen is not None and is_screen_token(self._secret, name, screen.version, token)


def screen_token(secret: bytes, screen: str, version: int) -> str:
    """HMAC-SHA256 of the screen's name and version, url-safe."""
    digest = hmac.new(secret, f"screen:{screen}:{version}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_screen_token(secret: bytes, screen: str, version: int, token: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(screen_token(secret, screen, version).encode(), token.encode())


def screen_address(base: str, secret: bytes, screen: str, version: int) -> str:
    """The address of a wall with its token."""
    query = urlencode({"token": screen_token(secret, screen, version)})
    return f"{base.rstrip('/')}/wall/{screen}?{query}"
