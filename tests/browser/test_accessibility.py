"""No barriers: axe over screens, panels, menus and dialogs, light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from applications.init.modules.registries.web.gui import SCREENS
from tests.browser import axe
from tests.browser.site import Gui
from tests.browser.visitors import Visitors

REGISTRIES = SCREENS["registries"].path
REGISTRY = ("properties", "access", "tags", "discovery", "notifications", "tools")
REPOSITORY = ("properties", "tags", "parties", "tools")

widths = pytest.mark.parametrize("width", [1300, 390])


def stands(page: Page) -> None:
    """Wait until nothing on the page is being loaded."""
    expect(page.locator(".loading, [aria-busy=true]")).to_have_count(0)


def is_open_to_all(page: Page, where: str) -> None:
    """Nothing keeps anybody out, light or dark; no id twice, nothing out of the window."""
    assert axe.barriers(page) == [], where
    page.emulate_media(color_scheme="dark")
    assert axe.barriers(page, "color-contrast") == [], f"{where}, dark"
    page.emulate_media(color_scheme="light")
    assert axe.twice(page) == [], where
    assert axe.too_wide(page) == "", where


@widths
def test_screens(signed_in: Visitors, width: int) -> None:
    """All screens, and the page that signs in."""
    page = signed_in("linus", width=width)
    for path in [*(screen.path for screen in SCREENS.values()), "/init/default/user/login"]:
        page.goto(path)
        stands(page)
        is_open_to_all(page, path)


@widths
@pytest.mark.parametrize(
    ("panel", "sections"), [("registry:1", REGISTRY), ("repository:101", REPOSITORY)],
    ids=["registry", "repository"],
)
def test_panels(
    signed_in: Visitors, panel: str, sections: tuple[str, ...], width: int
) -> None:
    """Both panels, at each of their sections."""
    page = signed_in("linus", width=width)
    for section in sections:
        page.goto(f"/init/default/index?panel={panel}:{section}")
        tab = page.get_by_role("dialog").get_by_role("tab", selected=True)
        expect(tab).to_be_visible()
        stands(page)
        is_open_to_all(page, section)


@widths
def test_empty_panels(gui: Gui, signed_in: Visitors, width: int) -> None:
    """Panels of what is empty, and of what somebody may only read."""
    registry = gui.make_registry()
    repository = gui.make_repository(registry["id"])
    page = signed_in("grace", width=width)
    for panel in (f"registry:{registry['id']}:tags", f"repository:{repository['id']}:tags",
                  f"repository:{repository['id']}:parties", "registry:99999"):
        page.goto(f"/init/default/index?panel={panel}")
        expect(page.get_by_role("dialog")).to_be_visible()
        stands(page)
        is_open_to_all(page, panel)


@widths
def test_menus(signed_in: Visitors, width: int) -> None:
    """The menus of the person and of the table, and what the search found, or not."""
    page = signed_in("linus", width=width)
    page.goto(REGISTRIES)
    stands(page)
    for button in (page.locator("#user button").first, page.get_by_role("button", name="View")):
        button.click()
        expect(page.get_by_role("menu")).to_be_visible()
        is_open_to_all(page, "menu")
        page.keyboard.press("Escape")
    for text, found in (("base", "base/alpine"), ("nothing is called so", "othing")):
        page.locator("#search input").fill(text)
        expect(page.locator("#search").get_by_text(found).first).to_be_visible()
        stands(page)
        is_open_to_all(page, f"search for {text}")


def _columns(page: Page) -> None:
    page.get_by_role("button", name="View").click()
    page.get_by_role("menuitem", name="Columns").click()


def _bookmarks(page: Page) -> None:
    page.get_by_role("button", name="View").click()
    page.get_by_role("menuitem", name="Bookmarks").click()


def _values(page: Page) -> None:
    page.get_by_role("button", name="Values of Tag").first.click()


def _actions(page: Page) -> None:
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Actions").first.click()


def _add(page: Page) -> None:
    page.get_by_role("button", name="Add docker registry").click()


def _entry(page: Page) -> None:
    page.goto(SCREENS["log"].path)
    page.locator("tbody .link").first.click()


DIALOGS: dict[str, Callable[[Page], None]] = {
    "columns": _columns, "bookmarks": _bookmarks, "values": _values, "actions": _actions,
    "add a registry": _add, "entry of the log": _entry,
}


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs(signed_in: Visitors, name: str) -> None:
    """Each dialog, wide and on a phone; closed, it gives the focus back to the page."""
    page = signed_in("linus")
    page.goto(REGISTRIES)
    stands(page)
    DIALOGS[name](page)
    expect(page.get_by_role("dialog")).to_be_visible()
    stands(page)
    is_open_to_all(page, name)
    page.set_viewport_size({"width": 390, "height": 800})
    is_open_to_all(page, f"{name} on a phone")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    focus: Any = page.evaluate("document.activeElement.tagName")
    assert focus != "BODY"


def test_messages(signed_in: Visitors) -> None:
    """Messages can be read, and are read out."""
    page = signed_in("grace", allow=(404,))
    page.goto("/init/show/tabs/nothing/1")
    stands(page)
    page.evaluate("""async () => {
        const said = await import(document.body.dataset.static + "/js/ui/messages.js");
        said.tell("It went well.");
    }""")
    expect(page.locator("#messages .message")).to_have_count(2)
    expect(page.locator("#messages")).to_have_attribute("aria-live", "polite")
    is_open_to_all(page, "messages")


def test_zoom(signed_in: Visitors) -> None:
    """At four times the size, which is a window of 320 pixels, nothing is lost sideways."""
    page = signed_in("linus", width=320, height=256)
    for screen in SCREENS.values():
        page.goto(screen.path)
        stands(page)
        assert axe.too_wide(page) == "", screen.path


def test_reduced_motion(signed_in: Visitors) -> None:
    """Who wants no motion gets none."""
    page = signed_in("linus", reduced_motion="reduce")
    page.goto(REGISTRIES)
    stands(page)
    assert page.evaluate("document.getAnimations().length") == 0
