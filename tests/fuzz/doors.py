"""Targets: what people and their devices send: forms, questions, photos, addresses; and the operator's own files."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any, cast

import httpx
from PIL import Image
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request

from dashboard.api.faults import RequestError
from dashboard.api.open311.arguments import read_extensions, read_filter
from dashboard.api.open311.form import read_form, read_media, without_html
from dashboard.api.open311.intake import Open311Intake
from dashboard.config.faults import ConfigFaults
from dashboard.config.load import load
from data.reference.boundaries.findings import MapRefused
from data.reference.boundaries.map_import import check
from ingest.http.client import _parsed, redirect
from ingest.photos.fetching import _inline, _server
from ingest.photos.sanitizing import SIDE_MOST, THUMB_SIDE, InvalidPhoto, position_of, sanitize_photo
from ingest.source import Raw, SourceDown
from ingest.sources.open311.fields import media_of
from tests.fuzz import samples
from tests.fuzz.stage import file_of, take, target, texts
from tests.ingest.doors import NOW, config


@cache
def _door() -> Open311Intake:
    return Open311Intake(config().city)


@target(samples.forms, RequestError, RequestEntityTooLarge)
def open311_form(data: bytes) -> None:
    """A POST: the first line is its content type, the rest its body."""
    kind, _, body = data.partition(b"\n")
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind.decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    request = cast(Any, Request(environ))
    form = read_form(request)
    read_media(request)
    for value in form.values():
        without_html(value[:4000])
    _door().check(form)
    take(_door(), Raw("1", form))


@target(samples.queries, RequestError, examples=200)
def open311_query(data: bytes) -> None:
    """The arguments of a GET."""
    if data != data.decode("utf-8", "ignore").encode():
        return  # refused before it is asked for: see dashboard.app
    args = Request({"QUERY_STRING": data.decode("latin-1")}).args
    with suppress(RequestError):
        read_filter(args, NOW)
    with suppress(RequestError):
        read_filter(args, NOW, bulk=True)
    read_extensions(args)


@target(samples.photos, InvalidPhoto)
def photo(data: bytes) -> None:
    """A photo."""
    position_of(data)
    found = sanitize_photo(data)
    for jpeg, side in ((found.jpeg, SIDE_MOST), (found.thumb, THUMB_SIDE)):
        copy = Image.open(BytesIO(jpeg))
        assert (copy.format, copy.mode) == ("JPEG", "RGB")
        assert max(copy.size) <= side


@target(samples.addresses, examples=200)
def addresses(data: bytes) -> None:
    """Addresses out of records and answers: of photos, and of where a server sends us."""
    asked = httpx.Request("GET", "https://server.example/a?b=c")
    for text in texts(data):
        media_of({"media_url": text})
        with suppress(InvalidPhoto):
            _server(text)
        with suppress(InvalidPhoto):
            _inline(text)
        with suppress(SourceDown):
            _parsed(text)
        with suppress(SourceDown):
            redirect(asked, 302, text)


@target(samples.maps, MapRefused, examples=20)
def map_file(data: bytes) -> None:
    """A file of boundaries."""
    check(data, "peta.geojson")


@target(samples.geometries, MapRefused, examples=40)
def map_shape(data: bytes) -> None:
    """A file of boundaries in which one village has this geometry."""
    check(samples.map_with(data), "peta.geojson")


@target(samples.configs, ConfigFaults, examples=20)
def config_file(data: bytes) -> None:
    """A config.yaml."""
    load(file_of(data, "config.yaml"), date(2026, 11, 24))
