"""XML is the exact mirror of JSON, for every method and every fault, and always well-formed."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from dashboard.api.open311.xml import ENTRY, document
from dashboard.app import App
from tests.dashboard.api.open311.open311_client import V2, post
from tests.real_data import OPEN311, needs_real_data

LISTS = {*ENTRY.values()}


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


def spark(element: Element) -> Any:
    """An element as the 'Spark' mapping turns it into JSON; every leaf a text or None."""
    if element.tag in ENTRY:
        assert {child.tag for child in element} <= {ENTRY[element.tag]}
        return [spark(child) for child in element]
    return {child.tag: spark(child) for child in element} if len(element) else element.text


def leaves(value: Any) -> Any:
    """JSON with every leaf as XML says it."""
    if isinstance(value, dict):
        return {key: leaves(each) for key, each in value.items()}
    if isinstance(value, list):
        return [leaves(each) for each in value]
    if value is None or value == "":
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(
    ("path", "status", "root"),
    [
        ("discovery", 200, "discovery"),
        ("services", 200, "services"),
        ("services/sampah", 200, "service_definition"),
        ("services/nonsense", 404, "errors"),
        ("requests", 200, "service_requests"),
        ("requests?extensions=true", 200, "service_requests"),
        ("requests?status=new&page=x", 400, "errors"),
        ("requests/{code}", 200, "service_requests"),
        ("requests/nonsense", 404, "errors"),
        ("tokens/{code}", 200, "service_requests"),
        ("tokens/nonsense", 404, "errors"),
        ("nowhere", 404, "errors"),
    ],
)
def test_every_answer_is_the_same_in_both_formats(app: App, key: str, path: str, status: int, root: str):
    text = "Sampah <b>&amp; bau</b> \r\n di sungai 5 < 6 & 7 > 6"
    code = (post(app, key, description=text).json or [])[0]["service_request_id"]
    name, _, query = path.format(code=code).partition("?")
    client = app.flask.test_client()
    json_, xml = (client.get(f"{V2}/{name}.{form}?{query}") for form in ("json", "xml"))
    assert (json_.status_code, xml.status_code) == (status, status)
    assert json_.content_type == "application/json; charset=utf-8"
    assert xml.content_type == "text/xml; charset=utf-8"
    document = fromstring(xml.data)
    assert document.tag == root
    assert spark(document) == leaves(json_.json)


def test_a_report_is_answered_in_the_format_of_its_address(app: App, key: str):
    form = {"api_key": key, "service_code": "sampah", "lat": "-7.87", "long": "112.52"}
    client = app.flask.test_client()
    (request,) = fromstring(client.post(f"{V2}/requests.xml", data=form).data)
    assert (request.findtext("service_request_id") or "").startswith("AW-")
    wrong = client.post(f"{V2}/requests.xml", data=form | {"lat": "x", "service_code": ""})
    assert [error.findtext("code") for error in fromstring(wrong.data)] == ["400", "400"]
    keyless = client.post(f"{V2}/requests.xml", data={})
    assert keyless.status_code == 403
    assert fromstring(keyless.data).findtext("error/code") == "403"
    assert client.delete(f"{V2}/requests.xml").content_type == "text/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        (None, False),
        ("*/*", False),
        ("application/json, text/xml", False),
        ("text/xml", True),
        ("application/xml;q=0.9, application/json;q=0.1", True),
        ("text/plain", False),
    ],
)
def test_without_a_suffix_the_answer_is_what_accept_prefers_and_json_when_it_does_not_say(
    app: App, accept: str | None, xml: bool
):
    answer = app.flask.test_client().get(f"{V2}/services", headers={"Accept": accept} if accept else {})
    assert answer.content_type.startswith("text/xml" if xml else "application/json")


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_whatever_a_text_holds_the_document_can_be_read(text: str):
    found = fromstring(document("errors", [{"code": 400, "description": text}])).findtext("error/description") or ""
    kept = [letter for letter in text if letter in "\t\n\r" or ord(letter) >= 32]
    kept = [letter for letter in kept if not (0xD800 <= ord(letter) <= 0xDFFF or letter in "\ufffe\uffff")]
    assert found == "".join(kept)


@needs_real_data
@pytest.mark.parametrize(
    ("recorded", "ours"),
    [
        ("open311status_fixtures/requests_many.xml", "requests.xml"),
        ("node_open311_mocks/service-requests.xml", "requests.xml"),
        ("node_open311_mocks/dc-services.xml", "services.xml"),
        ("open311status_fixtures/services_giessen.xml", "services.xml"),
        ("node_open311_mocks/dc-services-S0301.xml", "services/sampah.xml"),
        ("node_open311_mocks/discovery-dc.xml", "discovery.xml"),
        ("node_open311_mocks/token.xml", "tokens/{code}.xml"),
    ],
)
def test_our_elements_are_those_that_other_servers_and_validators_know(app: App, key: str, recorded: str, ours: str):
    code = (post(app, key).json or [])[0]["service_request_id"]
    known = fromstring((OPEN311 / recorded).read_bytes())
    found = fromstring(app.flask.test_client().get(f"{V2}/{ours.format(code=code)}").data)
    assert shape(known) <= shape(found)


def shape(element: Element, above: str = "") -> set[str]:
    """The paths of all elements."""
    here = f"{above}/{element.tag}"
    return {here}.union(*(shape(child, here) for child in element))
