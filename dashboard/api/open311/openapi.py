"""GET openapi.json: the description of this server for machines, of what config.yaml says today."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Response

from dashboard.config.load import Config

FILE = Path(__file__).with_name("openapi.yaml")
TYPE = "application/json; charset=utf-8"


def answer(config: Config, base: str) -> Response:
    """The description; `base` is where the server is reached."""
    return Response(json.dumps(description(config, base), ensure_ascii=False), content_type=TYPE)


def description(config: Config, base: str) -> dict[str, Any]:
    """OpenAPI 3.1."""
    told = dict(_written())
    told["info"] = told["info"] | {"description": f"{told['info']['description']} {config.open311.contact}"}
    told["servers"] = [{"url": base}]
    schemas = told["components"]["schemas"]
    schemas = schemas | {"ServiceCode": {"type": "string", "enum": list(config.city.categories)}}
    told["components"] = told["components"] | {"schemas": schemas}
    return told


@cache
def _written() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found
