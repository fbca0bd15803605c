"""Adding a registry."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sections import PAGE
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own; linus is responsible for it, ada and grace see it."""
    return gui.make_registry()


def _add(page: Page) -> Locator:
    page.goto(PAGE)
    page.evaluate("""async () => {
        const module = await import(document.body.dataset.static + "/js/panels/add-registry.js");
        module.addRegistry();
    }""")
    return page.get_by_role("dialog", name="Add a docker registry")


def test_adding(gui: Gui, signed_in: Visitors) -> None:
    """A new registry is made of its service, and its panel opens at what to configure."""
    page = signed_in("linus")
    service = f"{gui.unique('new')}.example.org"
    dialog = _add(page)
    dialog.get_by_label("Service").fill(service)
    expect(dialog.get_by_label("Url")).to_have_value(f"https://{service}")
    expect(dialog).to_contain_text("There is none of that name")
    dialog.get_by_label("Service").press("Enter")
    panel = page.get_by_role("dialog", name=service)
    expect(panel.get_by_role("tab", selected=True)).to_have_text("Notifications")
    expect(panel.get_by_label("Only the notifications")).to_be_visible()
    found = gui.rest("GET", "/docker/registries", filters=f"service {service}")["data"]
    assert [(one["url"], one["restricted"]) for one in found] == [(f"https://{service}", True)]


def test_adding_one_that_is_there(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A service that is declared already is not changed, but offered to be opened."""
    page = signed_in("linus")
    dialog = _add(page)
    dialog.get_by_label("Service").fill(registry["service"])
    expect(dialog).to_contain_text("is declared already")
    expect(dialog.get_by_role("button", name="Add")).to_be_disabled()
    dialog.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("dialog", name=registry["service"])).to_be_visible()


def test_adding_with_errors(signed_in: Visitors) -> None:
    """What the server refuses is told in the dialog, which keeps what was typed."""
    page = signed_in("linus", allow=(400,))
    dialog = _add(page)
    dialog.get_by_label("Service").fill("bad name.example.org")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_label("Service")).to_have_value("bad name.example.org")


def test_adding_without_the_right(signed_in: Visitors) -> None:
    """Who may not add registries is told which privilege that needs."""
    page = signed_in("ada")
    expect(_add(page)).to_contain_text("DockerRegistriesManager")
