"""GET openapi.json: openapi.yaml with the services and the contact of config.yaml."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Response

from dashboard.config.load import Config
from data.texts import LOADER

FILE = Path(__file__).with_name("openapi.yaml")
TYPE = "application/json; charset=utf-8"


def answer(config: Config, base: str) -> Response:
    """`base` is the server's URL."""
    return Response(json.dumps(description(config, base), ensure_ascii=False), content_type=TYPE)


def description(config: Config, base: str) -> dict[str, Any]:
    """OpenAPI 3.1."""
    found = dict(_written())
    found["info"] = found["info"] | {"description": f"{found['info']['description']} {config.open311.contact}"}
    found["servers"] = [{"url": base}]
    schemas = found["components"]["schemas"]
    schemas = schemas | {"ServiceCode": {"type": "string", "enum": list(config.city.categories)}}
    found["components"] = found["components"] | {"schemas": schemas}
    return found


@cache
def _written() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), LOADER)
    return found
