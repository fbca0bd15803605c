"""Sections of the panel of a registry, and the state of its discovery."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.site import Gui

PAGE = "/init/registry/registries"
_STATE = {
    "next_run": 9e9, "phase": "done", "mark": 1e9, "cursor": 0, "repositories": 0, "tags": 0,
    "requests": 0, "failures": 0, "leased_until": 0, "refreshed": 0, "error": "",
}


def section(page: Page, registry: dict[str, Any], name: str) -> Locator:
    """The panel of a registry, opened at a section by its address."""
    page.goto(f"{PAGE}?panel=registry:{registry['id']}:{name}")
    panel = page.get_by_role("dialog", name=registry["service"])
    expect(panel.get_by_role("tab", selected=True)).to_have_text(name.capitalize())
    return panel


def value(panel: Locator, label: str) -> Locator:
    """What stands beside a label in a list of properties."""
    term = panel.page.locator("dt", has_text=re.compile(f"^{label}$"))
    return panel.locator(".property").filter(has=term).locator("dd")


def crawl(gui: Gui, registry: dict[str, Any], **values: Any) -> None:
    """Have discovery be so, and not be due."""
    gui.change("DELETE FROM registry_crawls WHERE registry_id = ?", registry["id"])
    state = {**_STATE, **values}
    gui.insert("registry_crawls", dates=(), registry_id=registry["id"], **state)
