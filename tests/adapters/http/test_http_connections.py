"""The HTTP door: certificates, proxies, and hosts of any kind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asking import BODY, HEADER, SECRET, Desk
from faults import FaultServer, closed_port, fault_server, said
from faults.tls import papers
from minidata.core.errors import ConfigError, SourceError


def test_a_proxy_of_the_environment_is_asked_instead(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "direct.example")
    server.says(said(BODY))

    assert Desk("http://api.example").get().body == BODY
    assert server.heard[0].target == "http://api.example/orders"


def test_what_is_on_this_machine_has_no_proxy(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    server.says(said(BODY))

    assert Desk(server.url).get(attempts=1).body == BODY


def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"ftp://user:{SECRET}@proxy.example")
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(ConfigError, match="the proxy that the environment names cannot be used") as caught:
        Desk("http://api.example").get()
    assert SECRET not in f"{caught.value} {caught.value.hint}"


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[FaultServer]:
    """A server with a certificate that nobody knows."""
    with fault_server(papers(tmp_path).context) as server:
        server.says(said(BODY))
        yield server


def test_a_certificate_that_is_known_is_believed(
    tls: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))

    assert Desk(tls.url).get().body == BODY


def test_a_certificate_that_nobody_knows_is_not_believed(tls: FaultServer) -> None:
    desk = Desk(tls.url, HEADER)

    with pytest.raises(SourceError, match=r"/orders is not trusted \(.*self-signed certificate") as caught:
        desk.get()

    assert "SSL_CERT_FILE" in caught.value.hint
    assert (tls.heard, tls.connections, desk.slept) == ([], 0, [])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"expired": True}, "certificate has expired"), ({"host": "127.0.0.2"}, "IP address mismatch")],
)
def test_a_certificate_that_is_wrong_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], told: str
) -> None:
    own = papers(tmp_path, **wrong)
    monkeypatch.setenv("SSL_CERT_FILE", str(own.file))
    with fault_server(own.context) as server:
        with pytest.raises(SourceError, match=f"is not trusted .*{told}"):
            Desk(server.url).get()

        assert server.heard == []


def test_a_source_that_believes_any_certificate_says_so_each_time(tls: FaultServer) -> None:
    desk = Desk(tls.url, verify=False)

    assert [desk.get().body for _ in range(2)] == [BODY, BODY]
    assert desk.watch.notes == ["shop: any certificate is believed, for the source says verify=False"] * 2
    with pytest.raises(SourceError, match="is not trusted"):
        Desk(tls.url).get()


def test_certificates_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")

    with pytest.raises(ConfigError, match="the certificates that the environment names cannot be read"):
        Desk("https://127.0.0.1:1").get()


def test_who_speaks_no_tls_is_told(server: FaultServer) -> None:
    with pytest.raises(SourceError, match=r"^https://.*/orders (does not answer|breaks off)"):
        Desk(server.url.replace("http:", "https:")).get(attempts=1, timeout=0.3)


def test_no_way_leads_from_https_to_http(tls: FaultServer, server: FaultServer) -> None:
    tls.says(said(status=302, headers={"Location": server.url}))
    desk = Desk(tls.url, HEADER, verify=False, trusted=(server.url,))

    with pytest.raises(SourceError, match="which is not encrypted, as this is"):
        desk.get()
    assert server.heard == []


def test_a_proxy_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://user:pass-word@127.0.0.1:{closed_port()}")
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(SourceError, match=r"https://api.example/orders does not answer \(") as caught:
        Desk("https://api.example").get(attempts=1)
    assert "pass-word" not in str(caught.value)


def test_a_proxy_is_asked_for_a_way_through(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://user:word@127.0.0.1:{server.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    server.says(said(status=407))

    with pytest.raises(SourceError, match=r"https://api.example/orders breaks off \(407 Words\)"):
        Desk("https://api.example", HEADER).get(attempts=1)

    (heard,) = server.heard
    assert (heard.method, heard.target) == ("CONNECT", "api.example:443")
    assert heard.headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"
    assert "x-api-key" not in heard.headers


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "xn--" + "a" * 70 + ".example", "\u00fc" * 70 + ".example"])
def test_a_host_that_cannot_be_one_is_told(host: str) -> None:
    with pytest.raises(SourceError, match=r"is no address|does not answer"):
        Desk(f"http://{host}").get(attempts=1)


@pytest.mark.parametrize("host", ["b\u00fccher.invalid", "[::1]"])
def test_any_host_that_can_be_one_is_asked(host: str) -> None:
    with pytest.raises(SourceError, match="does not answer"):
        Desk(f"http://{host}:{closed_port()}").get(attempts=1)
