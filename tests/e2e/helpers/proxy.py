"""The real nginx with the site file that is shipped: only its paths, ports and name are put in."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import trustme

from tests.e2e.helpers.server import ROOT, Installation, free_port, until

SITE = ROOT / "docs" / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
MAIN = """# What Debian's /etc/nginx/nginx.conf says, in a folder of its own.
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log {folder}/access.log;
    gzip on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Proxy:
    """nginx in front of an installation, which must have `server.proxies: 1`."""

    def __init__(self, house: Installation, folder: Path, changes: Sequence[tuple[str, str]] = ()) -> None:
        """folder: for its configuration and logs, made here; changes: what else is put in for what the file says."""
        self.folder, self._house, self._changes = folder, house, changes
        folder.mkdir(parents=True)
        self.port = self.plain_port = free_port()
        while self.plain_port == self.port:
            self.plain_port = free_port()
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        self.tls = ssl.create_default_context()
        authority.configure_trust(self.tls)
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
        (folder / "site.conf").write_text(self._site())
        self.client = httpx.Client(base_url=f"https://127.0.0.1:{self.port}", verify=self.tls, timeout=60)
        self.process = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
        until(self._answers, 30, "the proxy's first answer")

    def _site(self) -> str:
        """Raises AssertionError when the site file no longer says what is put in here."""
        site = SITE.read_text(encoding="utf-8")
        for said, put_in in (
            ("127.0.0.1:8600", f"127.0.0.1:{self._house.port}"),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("listen [::]:80;", ""),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("listen [::]:443 ssl http2;", ""),
            ("server_name pusat.example.go.id;", "server_name 127.0.0.1 localhost;"),
            ("/etc/ssl/batt/fullchain.pem", str(self.folder / "cert.pem")),
            ("/etc/ssl/batt/privkey.pem", str(self.folder / "cert.pem")),
            ("/var/log/batt/", f"{self.folder}/site-"),
            ("/var/lib/nginx/batt", f"{self.folder}/public"),
            *self._changes,
        ):
            assert said in site, said
            site = site.replace(said, put_in)
        return site

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "error.log").read_text()
        try:
            return self.client.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def url(self, address: str) -> str:
        """An address of the house as it is through the proxy."""
        return address.replace(self._house.url, f"https://127.0.0.1:{self.port}")

    @property
    def log(self) -> str:
        """The site's access log."""
        return (self.folder / "site-access.log").read_text()

    @property
    def common_log(self) -> str:
        """The access log of what no site logs, in nginx's own format."""
        return (self.folder / "access.log").read_text()

    def close(self) -> None:
        """End it."""
        self.client.close()
        self.process.terminate()
        self.process.wait(30)
