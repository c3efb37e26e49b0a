"""Components as HTML: everything escaped, nothing lost."""

from __future__ import annotations

import dash_leaflet as dl
import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from layouts.markup import to_html
from tests.layouts.seen import read


@pytest.mark.parametrize(
    ("component", "written"),
    [
        (html.Div(), "<div></div>"),
        (html.Span("a", className="b c"), '<span class="b c">a</span>'),
        (html.Div(["a", html.B("b"), None, 3, ["c"]]), "<div>a<b>b</b>3c</div>"),
        (html.Div(hidden=True), '<div hidden=""></div>'),
        (html.Div(hidden=False, title=None), "<div></div>"),
        (html.Div(style={"--columns": "3", "width": "4px"}), '<div style="--columns:3;width:4px"></div>'),
        (html.Time(**{"data-due": 12, "data-cal": "24x7"}), '<time data-cal="24x7" data-due="12"></time>'),
        (html.Br(), "<br>"),
        (html.Img(src="a.png"), '<img src="a.png">'),
        ("a < b & c", "a &lt; b &amp; c"),
        (html.I('"', title='"<>&'), '<i title="&quot;&lt;&gt;&amp;">"</i>'),
    ],
)
def test_a_component_is_written_as_its_element(component: object, written: str):
    assert to_html(component) == written


def test_a_component_of_another_library_is_refused_by_name():
    with pytest.raises(TypeError, match=r"dash_leaflet\.Map"):
        to_html(html.Div(dl.Map()))


@given(st.text(), st.text())
def test_no_text_becomes_an_element_or_an_attribute(text: str, told: str):
    root = read(to_html(html.Div(html.B(text), title=told, style={"--a": told})))
    assert [(element.tag, set(element.facts)) for element in root.all()] == [("div", {"title", "style"}), ("b", set())]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_a_text_is_read_as_it_was_written(text: str):
    assert read(to_html(html.Div(text))).text == text
