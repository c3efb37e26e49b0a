"""Signatures of webhooks: what gateways sign, and what we sign for them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

SECRET = "whsec_"
SECRET_BYTES = range(24, 65)


def webhook_key(secret: str) -> bytes | None:
    """The key in a secret of Standard Webhooks, `whsec_` and 24 to 64 bytes in base64; None when it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if secret.startswith(SECRET) and len(key) in SECRET_BYTES else None


def webhook_signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """The header `webhook-signature` of Standard Webhooks."""
    signed = hmac.new(key, b".".join((message_id.encode(), stamp.encode(), body)), hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def body_signature(key: bytes, body: bytes) -> str:
    """The header `X-Hub-Signature-256` of Meta."""
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def form_signature(key: bytes, url: str, form: Mapping[str, str]) -> str:
    """The header `X-Twilio-Signature`: of the address with the fields in their order."""
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(key, signed.encode("utf-8", "replace"), hashlib.sha1).digest()).decode()


def is_one_of(given: str, right: Iterable[str]) -> bool:
    """Compared in constant time."""
    return any(hmac.compare_digest(each.encode(), given.encode("utf-8", "replace")) for each in right)
