"""The sections of config.yaml about citizens: their form, the messages to them, their personal data."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from dashboard.config.fields import Code, Variable, WallClock
from ingest.settings import SettingsModel, Title


class PortalSettings(SettingsModel):
    """`portal`."""

    open: bool = False
    title: Title = Title(id="Formulir warga", en="Citizens' form")
    expected: WallClock = timedelta(minutes=1)
    per_device: int = Field(default=10, ge=1)
    per_address: int = Field(default=300, ge=1)
    per_officer: int = Field(default=60, ge=1)
    misses_per_address: int = Field(default=60, ge=1)
    reopen_within: WallClock = timedelta(days=14)


class WebhookSettings(SettingsModel):
    """`messages.webhook`."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+.*$")]
    secret_env: Variable
    inner: bool = False


class InboundSettings(SettingsModel):
    """One of `messages.inbound`."""

    kind: Literal["standard", "meta", "twilio"]
    title: Title
    secret_env: Variable
    verify_token_env: Variable | None = None
    media_hosts: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = Field(default=[])
    media_authorization_env: Variable | None = None
    expected: WallClock = timedelta(minutes=1)
    per_sender: int = Field(default=20, ge=1)


class MessageSettings(SettingsModel):
    """`messages`."""

    webhook: WebhookSettings | None = None
    inbound: dict[Code, InboundSettings] = Field(default={})
    email: bool = False
    after_dead_letter: Literal["skip", "block"] = "skip"


class PersonalDataSettings(SettingsModel):
    """`personal_data`."""

    keep: WallClock | None = None
    texts: bool = False
