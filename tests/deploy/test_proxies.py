"""The examples of proxies: they take their own form, log no key, and believe no client's word."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.manifests import DEPLOY, OF_SETTINGS, program, variables_of

NGINX = DEPLOY / "nginx" / "tilegate.conf"
CADDY = DEPLOY / "caddy" / "Caddyfile"


def without_comments(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))


def test_nginx_logs_no_query_string_and_no_token() -> None:
    text = without_comments(NGINX)
    (form,) = re.findall(r"log_format tilegate '([^']+)'", text)
    assert not set(re.findall(r"\$\w+", form)) & {"$request", "$request_uri", "$args", "$uri", "$http_referer"}
    assert all(log.split()[-1] in {"off", "tilegate"} for log in re.findall(r"access_log ([^;]+);", text))
    assert all(log.endswith(" crit") for log in re.findall(r"error_log ([^;]+);", text)), "error lines have the request"


def test_caddy_logs_no_query_string_no_token_and_no_header() -> None:
    text = without_comments(CADDY)
    assert "request>headers delete" in text
    (pattern,) = re.findall(r'request>uri regexp "([^"]+)"', text)
    told = re.sub(pattern, "-", "/s/SECRET/8/72/110.png?key=SECRET")
    assert told == "-/8/72/110.png-"


@pytest.mark.parametrize("path", [NGINX, CADDY], ids=lambda path: path.parent.name)
def test_what_a_client_says_of_itself_is_replaced(path: Path) -> None:
    text = without_comments(path)
    assert re.search(r"X-Forwarded-For (\$remote_addr;|\{remote_host\})", text)
    assert "proxy_add_x_forwarded_for" not in text
    for header in ("Forwarded", "X-Real-IP"):
        assert re.search(rf'proxy_set_header {header} "";|header_up -{header}\b', text)
    assert {"/metrics", "/readyz"} <= set(re.findall(r"/metrics|/readyz", text))
    assert variables_of(path.read_text()) <= OF_SETTINGS


def test_nginx_asks_nothing_twice_and_keeps_nothing() -> None:
    text = without_comments(NGINX)
    for words in ("proxy_cache off", "proxy_next_upstream off", "proxy_buffering off", "proxy_request_buffering off"):
        assert f"{words};" in text


def test_caddy_takes_its_file() -> None:
    caddy = program("caddy")
    if caddy is None:
        pytest.skip("caddy is not here")
    words = ["validate", "--adapter", "caddyfile", "--config", str(CADDY)]
    done = subprocess.run([caddy, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    nginx = program("nginx")
    if nginx is None:
        pytest.skip("nginx is not here")
    subject = ["-subj", "/CN=maps.example.org", "-days", "2"]
    names = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, *subject]
    subprocess.run(command, check=True, capture_output=True)
    ours = NGINX.read_text().replace("/etc/letsencrypt/live/maps.example.org", str(tmp_path))
    (tmp_path / "tilegate.conf").write_text(ours.replace("/var/log/nginx", str(tmp_path)))
    paths = "".join(
        f"{each}_temp_path {tmp_path}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"pid {tmp_path}/pid; error_log {tmp_path}/e; events {{}} http {{ {paths} include {tmp_path}/tilegate.conf; }}"
    )
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
