"""The sections of config.yaml about citizens: their form, the messages to them, their personal data."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from dashboard.config.fields import Label, Variable, WallClock
from ingest.settings import SettingsModel, Title


class PortalSettings(SettingsModel):
    """`portal`."""

    open: bool = False
    title: Title = Title(id="Formulir warga", en="Citizens' form")
    expected: WallClock = timedelta(minutes=1)
    per_device: int = Field(default=10, ge=1)
    per_address: int = Field(default=300, ge=1)
    misses_per_address: int = Field(default=60, ge=1)
    reopen_within: WallClock = timedelta(days=14)


class WebhookSettings(SettingsModel):
    """`messages.webhook`."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+.*$")]
    secret_env: Variable
    inner: bool = False


class EmailSettings(SettingsModel):
    """`messages.email`."""

    host: Label
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    sender: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)]
    user: Label | None = None
    password_env: Variable | None = None

    @model_validator(mode="after")
    def _is_sent_encrypted(self) -> EmailSettings:
        if (self.user is None) != (self.password_env is None):
            raise ValueError("give user and password_env together, or neither")
        if self.user is not None and not self.starttls:
            raise ValueError("a password is sent with starttls: true only")
        return self


class MessageSettings(SettingsModel):
    """`messages`."""

    webhook: WebhookSettings | None = None
    email: EmailSettings | None = None
    after_dead_letter: Literal["skip", "block"] = "skip"


class PersonalDataSettings(SettingsModel):
    """`personal_data`."""

    keep: WallClock | None = None
    texts: bool = False
