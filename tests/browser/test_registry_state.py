"""Discovery and notifications of a registry in its panel."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.sections import crawl, section, value
from tests.browser.site import Gui
from tests.browser.visitors import Visitors

SECRET = re.compile(r"osvc-\d+-[\w-]{20,}")


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own; linus is responsible for it, ada and grace see it."""
    return gui.make_registry()


def test_discover_now(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Discovery is asked for with a button, and the panel waits for it to begin."""
    page = signed_in("linus")
    panel = section(page, registry, "discovery")
    panel.get_by_role("button", name="Discover now").click()
    expect(panel.get_by_role("progressbar", name="Discovery")).to_be_visible()


def test_progress_of_discovery(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """A run that is on tells how far it is, and what it found appears when it ends."""
    page = signed_in("linus")
    crawl(gui, registry, phase="tags", requests=42, leased_until=9e9)
    panel = section(page, registry, "discovery")
    expect(panel).to_contain_text("reading the tags: 42 requests so far")
    expect(panel.get_by_role("button", name="Discover now")).to_be_disabled()
    ended = {"finished": 1e9, "succeeded": 1e9, "duration": 2.5, "leased_until": 0}
    crawl(gui, registry, phase="done", tags=1234, **ended)
    expect(panel.get_by_text("well", exact=True)).to_be_visible()
    expect(value(panel, "Tags")).to_have_text("1,234")
    expect(value(panel, "It took")).to_have_text("2.5 seconds")


def test_failed_discovery(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A run that failed tells why in words, and how often in a row."""
    crawl(gui, registry, error="the registry answers with a <b>page</b>", failures=3, finished=1e9)
    page = signed_in("ada")
    panel = section(page, registry, "discovery")
    expect(panel).to_contain_text("the registry answers with a <b>page</b> (3 times in a row)")
    expect(panel.get_by_role("button", name="Discover now")).to_be_disabled()


def test_the_secret(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """The secret is hidden until it is asked for, also in the configuration."""
    page = signed_in("linus")
    panel = section(page, registry, "notifications")
    snippet = panel.get_by_label("Only the notifications")
    expect(snippet).to_contain_text("Bearer ••••")
    assert not SECRET.search(panel.inner_text())
    panel.get_by_role("button", name="Show").click()
    expect(snippet).to_contain_text(SECRET)
    panel.get_by_role("button", name="Hide").click()
    expect(snippet).not_to_contain_text(SECRET)


def test_copies_hold_the_secret(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """What is copied and downloaded is the whole configuration, although the secret is hidden."""
    page = signed_in("linus", permissions=["clipboard-read", "clipboard-write"])
    panel = section(page, registry, "notifications")
    panel.get_by_role("button", name="Copy the configuration notifications.yml").click()
    expect(page.get_by_text("The configuration notifications.yml is copied.")).to_be_visible()
    assert SECRET.search(page.evaluate("navigator.clipboard.readText()"))
    panel.get_by_text("The whole configuration of a registry").click()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download config.yml").click()
    assert download.value.suggested_filename == "config.yml"
    assert SECRET.search(download.value.path().read_text())


def test_a_new_secret(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A new secret is made after a question that tells what it means, and is shown then."""
    page = signed_in("linus")
    panel = section(page, registry, "notifications")
    panel.get_by_role("button", name="Show").click()
    before = panel.locator(".secret code").inner_text()
    panel.get_by_role("button", name="New secret…").click()
    question = page.get_by_role("dialog", name="Make a new secret?")
    expect(question).to_contain_text("has to be configured with the new secret")
    question.get_by_label("The old secret ends").select_option("24")
    question.get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_text("the old one works 24 hours more")).to_be_visible()
    expect(panel.locator(".secret code")).not_to_have_text(before)
    expect(panel.locator(".secret code")).to_have_text(SECRET)


def test_events(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """What a registry told is listed, and what was put aside with its reason."""
    gui.insert(
        "registry_events", dates=(), registry_id=registry["id"], event_id=gui.unique("event"),
        action="push", repository="<b>base/x</b>", tag="v1", actor="ada", happened=1.0,
        received=1.0, state="quarantined", reason="no such repository name", digest="",
        media_type="", method="", address="", body="",
    )
    page = signed_in("linus")
    panel = section(page, registry, "notifications")
    row = panel.get_by_role("row", name="<b>base/x</b>:v1")
    expect(row).to_contain_text("put aside no such repository name")
