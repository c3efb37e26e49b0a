"""Checks what citizens' messages need beside config.yaml: secrets, and the address that their links begin with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dashboard.cli.doctor.findings import CheckContext, Finding
from dashboard.config.load import Config
from dashboard.inbound.receiver import key_of
from dashboard.messages.channels import TryLater, Webhook, channels


def messages(context: CheckContext, config: Config) -> Iterator[Finding]:
    """All faults, or one finding that it is fine; nothing without a channel. No message is sent."""
    known = [*channels(config, context.home.path, email=config.messages.email), *config.messages.inbound]
    if known:
        found = list(_faults(context, config))
        yield from found or [context.ok("messages", "messages", channels=tuple(known))]


def _faults(context: CheckContext, config: Config) -> Iterator[Finding]:
    bad, settings = partial(context.bad, "messages"), config.messages
    if settings.webhook is not None:
        try:
            Webhook(settings.webhook).key()
        except TryLater:
            yield bad("webhook_secret", variable=settings.webhook.secret_env)
    for gateway in settings.inbound.values():
        if key_of(gateway) is None:
            yield bad("gateway_secret", variable=gateway.secret_env)
    if config.server.public_url is None:
        yield bad("messages_link")
