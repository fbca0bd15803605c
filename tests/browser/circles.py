"""A group of a test's own with what it sees, and the overview of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.site import Gui

OVERVIEW = "/init/default/index"


@dataclass(frozen=True)
class Circle:
    """A group that nothing else has, a registry that only it sees, and somebody in it."""

    group: str
    registry: dict[str, Any]
    person: str


def circle(gui: Gui) -> Circle:
    """Make one; its person sees nothing but the registry."""
    group = gui.unique("circle")
    gui.rest("POST", "/groups", {"role": group})
    registry = gui.make_registry(publications=(group,), responsibles=(group,))
    privileges = ("DockerRegistriesPuller", "DockerRegistriesManager")
    return Circle(group, registry, gui.make_user(groups=(group, *privileges))["username"])


def opened(page: Page) -> Page:
    """Go to the overview, until it stands."""
    page.goto(OVERVIEW)
    expect(page.locator("main .figures")).to_be_visible()
    return page


def card(page: Page, title: str) -> Locator:
    """A card of the page, by its heading."""
    return page.locator("section.card").filter(has=page.get_by_role("heading", name=title))
