"""Components as HTML: everything escaped, nothing lost."""

from __future__ import annotations

import dash_leaflet as dl
import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from layouts.kit import tags
from layouts.kit.markup import to_html
from tests.layouts.seen import read

DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("component", "written"),
    [
        (tags.Div(), "<div></div>"),
        (tags.Span("a", className="b c"), '<span class="b c">a</span>'),
        (tags.Div(["a", tags.B("b"), None, 3, ["c"]]), "<div>a<b>b</b>3c</div>"),
        (tags.Div(hidden=True), '<div hidden=""></div>'),
        (tags.Div(hidden=False, title=None), "<div></div>"),
        (tags.Div(style={"--columns": "3", "width": "4px"}), '<div style="--columns:3;width:4px"></div>'),
        (tags.Time(**{"data-due": 12, "data-cal": "24x7"}), '<time data-due="12" data-cal="24x7"></time>'),
        (tags.Br(), "<br>"),
        (tags.Img(src="a.png"), '<img src="a.png">'),
        ("a < b & c", "a &lt; b &amp; c"),
        (tags.Icon('"', title='"<>&'), '<i title="&quot;&lt;&gt;&amp;">"</i>'),
    ],
)
def test_a_component_is_written_as_its_element(component: object, written: str):
    assert to_html(component) == written


@pytest.mark.parametrize(("component", "name"), [(dl.Map(), r"\.MapContainer cannot"), (html.Div(), r"\.Div cannot")])
def test_a_component_of_a_page_is_refused_by_name(component: object, name: str):
    with pytest.raises(TypeError, match=name):
        to_html(tags.Div(component))


@given(st.text(), st.text())
def test_no_text_becomes_an_element_or_an_attribute(text: str, told: str):
    root = read(to_html(tags.Div(tags.B(text), title=told, style={"--a": told})))
    assert [(element.tag, set(element.facts)) for element in root.all()] == [("div", {"title", "style"}), ("b", set())]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_a_text_is_read_as_it_was_written(text: str):
    assert read(to_html(tags.Div(text))).text == "".join(sign for sign in text if sign not in DIRECTION)


@pytest.mark.parametrize("sign", DIRECTION, ids=ascii)
def test_a_text_from_outside_turns_nothing_around_it(sign: str):
    turned = f"Jalan {sign}gnabulreb 12/2"
    assert to_html(tags.B(turned, title=turned)) == '<b title="Jalan gnabulreb 12/2">Jalan gnabulreb 12/2</b>'
