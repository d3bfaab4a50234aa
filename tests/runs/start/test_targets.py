"""Targets: which URL is loaded, and which ones are rejected."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.model.errors import Forbidden, InvalidRequest
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.start.targets import check_targets, is_public, resolve_target
from dashboard.settings import Settings
from tests.text_vectors import VECTORS, expanded, name_of


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is required"),
        ("127.0.0.1:8000", "must be a URL"),
        ("ftp://a", "must be a URL"),
        ("http://", "must be a URL"),
        ("http://a:99999", "must be a URL"),
        ("http://[::1", "must be a URL"),
        ("http://user:pass@a", "user or password"),
        ("http://a/?q=1", "query"),
        ("http://evil\\.a", "must be a URL"),
        ("http://a b", "without spaces"),
        ("http://a\n", None),
        ("http://a\u0000b", "without spaces"),
    ],
)
def test_an_unusable_target_is_rejected(text: str, message: str | None) -> None:
    if message is None:
        assert resolve_target(text, some_settings()) == "http://a"
        return
    with pytest.raises(InvalidRequest, match=message) as caught:
        resolve_target(text, some_settings())
    assert caught.value.errors[0].field == "base_url"


def test_base_url_of_the_settings_is_the_default() -> None:
    assert resolve_target(None, some_settings(base_url="http://a:1/x/")) == "http://a:1/x"


def test_a_target_must_be_allowed() -> None:
    gate = TargetGate(allowed=("*.internal", "127.0.0.1"))
    check_targets(gate, "http://Shop.Internal:80", {}, {})
    with pytest.raises(Forbidden, match="ALLOWED_TARGETS"):
        check_targets(gate, "http://example.org", {}, {})


@pytest.mark.parametrize(
    ("host", "public"),
    [("127.0.0.1", False), ("10.1.2.3", False), ("192.168.1.1", False), ("::1", False), ("1.1.1.1", True)],
)
def test_is_public(host: str, public: bool) -> None:
    assert is_public(host) is public


@pytest.mark.parametrize("vector", VECTORS["targets"], ids=name_of)
def test_host_is_used_in_its_ascii_form(vector: dict[str, Any]) -> None:
    url, host = expanded(vector["url"]), vector["host"]
    if host is None:
        with pytest.raises(InvalidRequest) as caught:
            resolve_target(url, some_settings())
        assert caught.value.errors[0].field == "base_url"
        return
    assert urlsplit(resolve_target(url, some_settings())).hostname == host


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("müller.test", "MÜLLER.test"),
        ("müller.test", "xn--mller-kva.test"),
        ("*.müller.test", "shop.müller.test"),
        ("xn--mller-kva.*", "müller.test"),
        ("例え.*", "例え.テスト"),
        ("SHOP.test", "shop.test"),
    ],
)
def test_target_is_allowed_in_any_spelling(pattern: str, host: str) -> None:
    settings = some_settings(allowed_targets=pattern)
    gate = TargetGate(allowed=settings.allowed_targets)
    url = resolve_target(f"http://{host}:80/ä", settings)
    gate.check_url("base_url", url)
    assert url.endswith(":80/ä")
    with pytest.raises(Forbidden):
        gate.check_url("base_url", resolve_target("http://muller.test", settings))
