"""/pesan/NAME: where a gateway delivers the messages of citizens."""

from __future__ import annotations

import structlog
from flask import Flask, Response, jsonify, request

from dashboard.inbound.receiver import DeliveryRefused, InboundReceiver
from data import clock
from data.store.db.engine import StoreDown

log = structlog.get_logger(__name__)
RETRY_AFTER_S = 5
NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML: our answers leave by the outbox."""


def serve_inbound(app: Flask, receiver: InboundReceiver) -> None:
    """Register both routes."""

    @app.get("/pesan/<name>")
    def inbound_challenge(name: str) -> Response:
        try:
            return _plain(Response(receiver.challenge(name, request.args), mimetype="text/plain"))
        except DeliveryRefused as refused:
            return _refused(refused)

    @app.post("/pesan/<name>")
    def inbound_message(name: str) -> Response:
        try:
            became = receiver.receive(name, request, clock.now())
        except DeliveryRefused as refused:
            return _refused(refused)
        except StoreDown as down:
            log.warning("inbound_interrupted", source=name, reason=str(down))
            message = "the store is busy or cannot be reached; send the same again, what was taken already counts once"
            return _refused(DeliveryRefused(503, message, RETRY_AFTER_S))
        if receiver.is_twilio(name):
            return _plain(Response(NO_ANSWER, mimetype="text/xml"))
        return _plain(jsonify(messages=[{"id": message_id, "became": what} for message_id, what in became]))


def _refused(refused: DeliveryRefused) -> Response:
    answer = jsonify(error=str(refused))
    answer.status_code = refused.status
    if refused.retry_after_s is not None:
        answer.headers["Retry-After"] = str(refused.retry_after_s)
    return _plain(answer)


def _plain(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
