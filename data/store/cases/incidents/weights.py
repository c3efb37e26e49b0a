"""The weights that say which cases likely tell of one event, by version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from data.domain.incidents.likelihood import AS_SHIPPED, IncidentModel, Weights
from data.store.db.schema.incidents import incident_weights

_NEWEST = select(incident_weights.c.content).order_by(incident_weights.c.version.desc()).limit(1)
USUAL = ""
"""The key of the weights of all other categories."""


def in_force(conn: Connection) -> IncidentModel:
    """The version that was accepted last, else the one that came with the program."""
    content = conn.execute(_NEWEST).scalar_one_or_none()
    if content is None:
        return AS_SHIPPED
    weights = {category: Weights(*values) for category, values in json.loads(content)["weights"].items()}
    return IncidentModel(weights.pop(USUAL), weights)


def accept(conn: Connection, model: IncidentModel, evidence: Mapping[str, Any], now: datetime) -> int:
    """Put a version into force, with what it was judged by; its number."""
    weights = {USUAL: model.usual, **model.of}
    content = json.dumps({"weights": weights, "evidence": evidence}, ensure_ascii=False)
    added = insert(incident_weights).values(accepted_at=now, content=content).returning(incident_weights.c.version)
    version: int = conn.execute(added).scalar_one()
    return version
