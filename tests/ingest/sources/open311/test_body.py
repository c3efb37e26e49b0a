"""Bodies that are broken, hostile or badly encoded: the objects in them, or a fault that says what is wrong."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.open311.body import REQUESTS, SERVICES, UnreadableBody, objects_of
from ingest.sources.open311.xml import ServerErrors

ONE = (
    "<service_requests><request><service_request_id>1</service_request_id>"
    "<description>{}</description></request></service_requests>"
)
BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    + ONE.format("&c;")
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + ONE.format("&a;")
REMOTE_DTD = '<!DOCTYPE x SYSTEM "http://169.254.169.254/x.dtd">' + ONE.format("")

FAULTS = {
    "nothing": ("", "kosong"),
    "blanks": (" \n\ufeff", "kosong"),
    "text": ("tidak ada", "bukan JSON dan bukan XML"),
    "a page": ("<!-- x --><!DOCTYPE html><html><title> Galat 12 </title>", r"halaman HTML.*Galat 12"),
    "cut JSON": ('[{"service_request_id": "1"}, {"serv', "terpotong"),
    "cut JSON list": ('[{"service_request_id": "1"}', "terpotong"),
    "cut XML": (ONE.format("x")[:-20], "terpotong"),
    "two of them": ('[]{"a": 1}', "JSON rusak"),
    "another thing": ('{"a": {"service_request_id": 1}}', "tanpa daftar"),
    "a number": ('{"requests": 5}', "tanpa daftar"),
    "deep JSON": ("[" * 100_000 + "]" * 100_000, "terlalu dalam"),
    "deep wrapped JSON": ('{"requests":' * 50_000 + "1" + "}" * 50_000, "terlalu dalam"),
    "deep XML": ("<requests>" * 100 + "</requests>" * 100, "terlalu dalam"),
    "another XML": ("<rss><channel/></rss>", "akar <rss>"),
    "an entity bomb": (BILLION, "entitas"),
    "an external entity": (OUTSIDE, "entitas"),
    "an external DTD": (REMOTE_DTD, "DTD"),
    "tiny objects": ("[" + "{}," * 1_600_000 + "{}]", "terlalu banyak"),
    "tiny elements": ("<requests>" + "<a/>" * 12_100_000, "terlalu banyak"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_body_that_cannot_be_read_says_why(name: str):
    body, reason = FAULTS[name]
    with pytest.raises(UnreadableBody, match=reason):
        objects_of(body.encode(), REQUESTS)


@pytest.mark.parametrize(
    "body",
    [
        '[{"code": 403, "description": "no key"}]',
        '{"errors": [{"code": 403, "description": "no key"}]}',
        '{"code": "403", "description": "no key"}',
        "<errors><error><code>403</code><description>no key</description></error></errors>",
    ],
)
def test_errors_in_the_protocols_words_are_told(body: str):
    with pytest.raises(ServerErrors, match="403: no key"):
        objects_of(body.encode(), REQUESTS)


ERROR_BODIES = {
    "<error>the database is away</error>": "the database is away",
    "<errors/>": "errors",
    "<errors><error>x</error><error>y</error></errors>": "x; y",
    "<errors><error><code>5</code></error></errors>": "5",
    "<response><errors><error>x</error></errors></response>": "x",
    "<service_requests><request><service_request_id>1</service_request_id></request><error>x</error></service_requests>":
        "x",
    '{"error": "the database is away"}': "the database is away",
    '{"errors": ["x", {"message": "y"}]}': "x; y",
    '{"errors": []}': "errors",
    '[{"error": "x"}]': "x",
    '{"message": "y"}': "y",
    '{"error": {"message": "y"}, "requests": []}': "y",
}  # fmt: skip


@pytest.mark.parametrize("body", ERROR_BODIES)
def test_an_error_in_other_words_is_an_error_and_no_empty_list(body: str):
    with pytest.raises(ServerErrors, match=ERROR_BODIES[body]) as told:
        objects_of(body.encode(), REQUESTS)
    assert not told.value.in_protocol


@pytest.mark.parametrize(
    "body",
    [
        '{"error": null, "service_requests": [{"service_request_id": "1", "error": "x"}]}',
        "<request><service_request_id>1</service_request_id><error>x</error></request>",
        ONE.format("</description><error>x</error><description>"),
    ],
)
def test_a_request_may_have_a_field_of_that_name(body: str):
    (found,) = objects_of(body.encode(), REQUESTS)
    assert (found["service_request_id"], found["error"]) == ("1", "x")


@pytest.mark.parametrize("body", ["[]", '{"service_requests": []}', '{"requests": null}', "<service_requests/>"])
def test_nothing_is_an_empty_list(body: str):
    assert objects_of(body.encode(), REQUESTS) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_json_and_xml_are_read_in_every_encoding(encoding: str):
    said = "Jalan Brantas – “rusak”"
    body = json.dumps([{"service_request_id": "1", "description": said}], ensure_ascii=False)
    for text in (body, f'<?xml version="1.0" encoding="{encoding}"?>{ONE.format(said)}', ONE.format(said)):
        (found,) = objects_of(text.encode(encoding), REQUESTS)
        assert found == {"service_request_id": "1", "description": said}


def test_a_declared_encoding_counts():
    text = '<?xml version="1.0" encoding="iso-8859-5"?>' + ONE.format("дорога")
    assert objects_of(text.encode("iso-8859-5"), REQUESTS)[0]["description"] == "дорога"
    body = json.dumps([{"service_request_id": "1", "description": "дорога"}], ensure_ascii=False)
    assert objects_of(body.encode("iso-8859-5"), REQUESTS, "iso-8859-5")[0]["description"] == "дорога"


def test_mixed_encodings_lose_a_letter_and_no_record():
    body = json.dumps([{"service_request_id": n, "description": "é"} for n in (1, 2)], ensure_ascii=False).encode()
    broken = body.replace("é".encode(), b"\xe9", 1)
    assert [one["service_request_id"] for one in objects_of(broken, REQUESTS)] == [1, 2]


def test_a_key_that_stands_twice_keeps_what_it_says():
    body = '[{"service_request_id": "1", "status": "open", "status": null, "lat": "", "lat": 2, "long": 1, "long": 3}]'
    assert objects_of(body.encode(), REQUESTS) == [{"service_request_id": "1", "status": "open", "lat": 2, "long": 3}]
    xml = ONE.format("a</description><description/><description>b</description><description>")
    assert objects_of(xml.encode(), REQUESTS)[0]["description"] == "b"


def test_numbers_without_end_stay_texts():
    body = '[{"service_request_id": ' + "9" * 100_000 + ', "lat": NaN, "long": -Infinity}]'
    (found,) = objects_of(body.encode(), REQUESTS)
    assert (found["service_request_id"], found["lat"], found["long"]) == ("9" * 100_000, "NaN", "-Infinity")


def test_lists_and_objects_inside_of_xml_are_kept():
    inner = "<media_url><url>a</url><url>b</url></media_url><extra><a>1</a><b/></extra>"
    xml = ONE.format(f"x</description>{inner}<description>")
    (found,) = objects_of(xml.encode(), REQUESTS)
    assert (found["media_url"], found["extra"]) == (["a", "b"], {"a": "1", "b": None})


def test_a_large_body_is_read_within_bounds():
    body = ("<service_requests>" + ONE[18:-19].format("x" * 400) * 20_000 + "</service_requests>").encode()
    tracemalloc.start()
    assert len(objects_of(body, REQUESTS)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(body)


@given(st.binary(max_size=300))
def test_no_bytes_lead_to_anything_but_objects_or_a_fault(content: bytes):
    with suppress(UnreadableBody, ServerErrors):
        assert isinstance(objects_of(content, SERVICES), list)


PIECES = st.sampled_from(
    ["[", "]", "{", "}", '"service_code"', ":", ",", '"a"', "null", "1e999", "<services>", "<service>", "</service>",
     "<service_code>", "</service_code>", "</services>", "&", "&#0;", "<!DOCTYPE", "<?xml", "?>", "x", "\x00", "\ud7ff"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_shuffled_answer_leads_to_anything_but_objects_or_a_fault(text: str):
    with suppress(UnreadableBody, ServerErrors):
        assert isinstance(objects_of(text.encode(), SERVICES), list)
