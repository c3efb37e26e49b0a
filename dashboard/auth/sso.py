"""Single sign-on by OpenID Connect: the provider says who it is, the account here says what that person may do.

Authorization code with PKCE, state and nonce. The ID token's signature and claims are checked by libraries.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response, prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dashboard.config.models import SsoSettings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Of ID tokens; never 'none', and none with a shared secret."""
LEEWAY_S = 60
TIMEOUT_S = 5.0
PENDING_S = 600
SCOPES = "openid profile email"


class SsoFault(RuntimeError):
    """The provider cannot be reached, or what it answered proves nothing; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that is at the provider; it waits in the browser's cookie, signed."""

    state: str
    nonce: str
    verifier: str
    back: str
    """The address to go on to."""


class Sso:
    """One provider."""

    def __init__(self, settings: SsoSettings, secret: bytes, environ: Mapping[str, str] = os.environ) -> None:
        self.settings = settings
        self._secret = environ.get(settings.secret_env, "")
        self._seal = URLSafeTimedSerializer(secret, salt="sso")

    def begin(self, redirect_uri: str, back: str) -> tuple[str, str]:
        """The provider's address to go to, and what the browser keeps meanwhile. Raises SsoFault."""
        pending = Pending(_random(), _random(), _random(), back)
        address = prepare_grant_uri(
            _text(self._metadata(), "authorization_endpoint"),
            client_id=self.settings.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=SCOPES,
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
        kept = [pending.state, pending.nonce, pending.verifier, pending.back]
        return str(address), str(self._seal.dumps(kept))

    def pending(self, kept: str) -> Pending | None:
        """What the browser kept; None when it is not ours, or too old."""
        try:
            return Pending(*self._seal.loads(kept, max_age=PENDING_S))
        except (BadData, TypeError):
            return None

    def finish(self, pending: Pending, answer: str, redirect_uri: str, now: datetime) -> str:
        """The name that the provider vouches for; `answer` is the address to which it sent the browser.

        Raises SsoFault.
        """
        try:
            code = parse_authorization_code_response(answer, state=pending.state)["code"]
            metadata = self._metadata()
            token = self._token(metadata, code, pending.verifier, redirect_uri)
            return self._name(self._claims(metadata, token, pending.nonce, now))
        except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
            raise SsoFault(f"{type(error).__name__}: {error}") from error

    def _token(self, metadata: Mapping[str, Any], code: str, verifier: str, redirect_uri: str) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form["code_verifier"] = verifier
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in ways
        own = {"client_id": self.settings.client_id, "client_secret": self._secret}
        auth = httpx.BasicAuth(self.settings.client_id, self._secret) if basic else None
        told = _asked("POST", _text(metadata, "token_endpoint"), data=form if basic else form | own, auth=auth)
        return _text(told, "id_token")

    def _claims(self, metadata: Mapping[str, Any], token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        keys = KeySet.import_key_set(_asked("GET", _text(metadata, "jwks_uri")))  # type: ignore[arg-type]
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        options: Any = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
        }
        params = {"nonce": nonce, "client_id": self.settings.client_id}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        return dict(claims)

    def _name(self, claims: Mapping[str, Any]) -> str:
        """An address of mail is a name only when the provider has verified it."""
        if self.settings.claim == "email" and claims.get("email_verified") is not True:
            raise SsoFault("the provider has not verified the address of mail")
        return _text(claims, self.settings.claim)

    def _metadata(self) -> Mapping[str, Any]:
        found = _asked("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            raise SsoFault(f"the provider calls itself {found.get('issuer')!r}, config.yaml {self.settings.issuer!r}")
        return found


def _asked(method: str, url: str, **more: Any) -> Mapping[str, Any]:
    """The JSON object that the provider answers; redirects are not followed."""
    try:
        answer = httpx.request(method, url, timeout=TIMEOUT_S, follow_redirects=False, **more)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SsoFault(f"{url}: {error}") from error
    if not isinstance(found, dict):
        raise SsoFault(f"{url}: no JSON object")
    return found


def _random() -> str:
    return secrets.token_urlsafe(32)


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise SsoFault(f"the provider gave no {name}")
    return value
