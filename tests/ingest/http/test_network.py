"""Where a name leads is looked at, and where it led is where we go."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from ingest.http.client import AddressNotAllowed, HttpClient, redirect
from tests.ingest.http.servers import plain, says, serving


def leading_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """DNS that answers each question with the next of `answers`, the last one for ever; what was asked."""
    asked: list[str] = []
    really = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **more: Any) -> list[Any]:
        if not host.endswith(".example"):
            return really(host, port, *args, **more)
        found = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [(kind, socket.SOCK_STREAM, 6, "", (address, port)) for kind, address in zip(kinds, found, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_a_public_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch):
    leading_to(monkeypatch, [address])
    with pytest.raises(AddressNotAllowed, match=r"dinas\.example"):
        HttpClient(base_url="http://dinas.example").get("http://dinas.example/")


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch):
    leading_to(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(AddressNotAllowed):
        HttpClient(base_url="http://dinas.example").get("http://dinas.example/")


def test_a_name_is_asked_for_once_so_that_a_second_answer_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    with serving(says(plain(b"sampai"))) as server:
        asked = leading_to(monkeypatch, ["127.0.0.1"], ["192.0.2.1"])
        url = f"http://dinas.example:{server.port}/"
        answer = HttpClient(base_url=url, inner=True).get(url)
    assert (answer.content, asked) == (b"sampai", ["dinas.example"])
    assert f"Host: dinas.example:{server.port}".encode() in server.asked[0]


def test_when_one_address_does_not_answer_the_next_is_tried(monkeypatch: pytest.MonkeyPatch):
    with serving(says(plain(b"sampai"))) as server:
        leading_to(monkeypatch, ["::1", "127.0.0.1"])
        url = f"http://dinas.example:{server.port}/"
        assert HttpClient(base_url=url, inner=True).get(url).content == b"sampai"


@pytest.mark.parametrize(
    ("method", "status", "where", "method_then", "tells"),
    [
        ("GET", 302, "/b", "GET", True),
        ("GET", 302, "https://dinas.example:443/b", "GET", True),
        ("GET", 302, "https://lain.example/b", "GET", False),
        ("GET", 307, "https://dinas.example:8443/b", "GET", False),
        ("POST", 303, "/b", "GET", True),
        ("POST", 308, "/b", "POST", True),
        ("POST", 302, "https://lain.example/b", "GET", False),
    ],
)
def test_what_is_told_to_one_server_is_not_told_to_another(
    method: str, status: int, where: str, method_then: str, tells: bool
):
    asked = httpx.Request(method, "https://dinas.example/a", headers={"Authorization": "rahasia"})
    then = redirect(asked, status, where)
    assert (then.method, "authorization" in then.headers) == (method_then, tells)


def test_a_form_is_not_sent_on_to_another_server():
    asked = httpx.Request("POST", "https://dinas.example/a", data={"client_secret": "rahasia"})
    with pytest.raises(AddressNotAllowed, match="ke server lain"):
        redirect(asked, 307, "https://lain.example/a")
