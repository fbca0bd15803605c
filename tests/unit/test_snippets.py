"""Ready-to-paste configuration: complete, and nothing breaks out of its place."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import snippets
from applications.init.modules.registries.snippets import EVENTS_PATH, SEARCH_PATH, Facts
from applications.init.modules.registries.web import pages

FACTS = Facts(
    url="https://collector.example", service="registry.example",
    registry_url="https://registry.example:5000", issuer="opensvc", bundle="/etc/collector.crt",
    secret="osvc-51-x",
)


def _value(text: str, name: str) -> str:
    """The quoted value of a member; JSON and YAML read it alike."""
    (found,) = re.findall(rf'^ *{name}: (".*")$', text, re.MULTILINE)
    value: str = json.loads(found)
    return value


def test_registry() -> None:
    """A registry's configuration has its folder, token login, deletion and notifications."""
    text = snippets.registry(FACTS, "/var/lib/registry")
    assert _value(text, "rootdirectory") == "/var/lib/registry"
    assert _value(text, "addr") == "registry.example:5000"
    assert _value(text, "realm") == "https://collector.example/init/registry/token"
    assert _value(text, "service") == "registry.example"
    assert _value(text, "issuer") == "opensvc"
    assert _value(text, "rootcertbundle") == "/etc/collector.crt"
    assert "delete:\n    enabled: true" in text
    assert text.endswith(snippets.notifications(FACTS))
    assert _value(snippets.registry(FACTS, "/x", "0.0.0.0:1"), "addr") == "0.0.0.0:1"


def test_notifications() -> None:
    """The endpoint is ours, the secret goes as a Bearer header, answers within 500 ms."""
    text = snippets.notifications(FACTS)
    assert _value(text, "url") == "https://collector.example/init/registry/call/json/events"
    assert 'Authorization: ["Bearer osvc-51-x"]' in text
    assert "timeout: 500ms" in text


def test_nginx() -> None:
    """Search is led to the collector at exact locations, all else to the registry."""
    text = snippets.nginx(FACTS, "http://127.0.0.1:5000")
    assert "server_name registry.example;" in text
    assert text.count("proxy_pass https://collector.example/init/registry/call/json/search;") == 2
    assert "location / {\n        proxy_pass http://127.0.0.1:5000;" in text
    assert re.findall(r"location (=? ?/\S*)", text) == ["/", "= /v1/search", "= /v2/search"]
    assert re.search(r"proxy_set_header Host \$\w+;", text)
    assert "$$" not in text
    assert text.count("{") == text.count("}")


def test_the_paths_are_routes() -> None:
    """What the texts point at is what the collector serves."""
    served = {f"/init/registry/call{path}" for path in pages.CALLS}
    assert {EVENTS_PATH, SEARCH_PATH} <= served


@pytest.mark.parametrize("member", ["service", "issuer", "bundle", "secret"])
@given(st.text())
def test_odd_values(member: str, value: str) -> None:
    """Whatever a value is, it stays in its place and no line is added."""
    text = snippets.registry(replace(FACTS, **{member: value}), "/var/lib/registry")
    plain = snippets.registry(FACTS, "/var/lib/registry")
    assert len(text.split("\n")) == len(plain.split("\n"))
    assert [line.partition(":")[0] for line in text.split("\n")] == [
        line.partition(":")[0] for line in plain.split("\n")
    ]
