"""Every page for everybody: its title, its menu, its deep links, the back button."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from applications.init.modules.registries.web.gui import SCREENS
from tests.browser import axe
from tests.browser.site import Gui
from tests.browser.visitors import Visitors

REGISTRIES = "/init/registry/registries"
MISSING = re.compile("no such|not there|gone|not see")
PEOPLE = ("ada", "grace", "linus", "root")


def opened(page: Page, address: str, status: int = 200) -> None:
    """Go to a page and wait until its screen stands."""
    answer = page.goto(address)
    assert answer
    assert answer.status == status
    expect(page.locator("main > .loading")).to_have_count(0)


@pytest.mark.parametrize("name", PEOPLE)
def test_screens(signed_in: Visitors, name: str) -> None:
    """Pages stand for everybody: one heading, a title, its entry in the menu, no id twice."""
    page = signed_in(name)
    for screen in SCREENS.values():
        opened(page, screen.path)
        expect(page).to_have_title(f"{screen.title} · Docker registries")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_text(screen.title)
        current = page.locator("nav [aria-current=page]")
        expect(current).to_have_count(1 if screen.icon else 0)
        if screen.icon:
            expect(current).to_have_accessible_name(screen.title)
        expect(page.locator(".failure")).to_have_count(0)
        assert axe.twice(page) == []


def test_menu(signed_in: Visitors) -> None:
    """The menu leads through all screens, and the first stop of the keyboard skips it."""
    page = signed_in("linus")
    opened(page, "/init/default/index")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for screen in SCREENS.values():
        if screen.icon:
            page.get_by_role("navigation").get_by_role("link", name=screen.title).click()
            expect(page).to_have_title(f"{screen.title} · Docker registries")


@pytest.mark.parametrize(
    "address",
    ["/init/show/tabs/docker_registry/{}", "/init/show/tabs?otype=docker_registry&oid={}",
     REGISTRIES + "?panel=registry:{}"],
)
def test_link_to_a_registry(gui: Gui, signed_in: Visitors, address: str) -> None:
    """A link to a registry opens its panel over the registries; closed, these are there."""
    registry = gui.make_registry()
    page = signed_in("grace")
    opened(page, address.format(registry["id"]))
    panel = page.get_by_role("dialog", name=registry["service"])
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Close").first.click()
    expect(panel).to_have_count(0)
    expect(page.locator("nav [aria-current=page]")).to_have_accessible_name("Docker registries")


def test_link_to_a_repository(gui: Gui, signed_in: Visitors) -> None:
    """A link to a repository opens its panel; Escape closes it."""
    repository = gui.make_repository(gui.make_registry()["id"], tags=["latest"])
    page = signed_in("linus")
    opened(page, f"/init/show/tabs/docker_repository/{repository['id']}")
    panel = page.get_by_role("dialog", name=repository["repository"])
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


@pytest.mark.parametrize("kind", ["registry", "repository"])
def test_link_to_what_is_not_there(signed_in: Visitors, kind: str) -> None:
    """A link to an object that is gone, or that one may not see, says so in the panel."""
    page = signed_in("grace", allow=(404,))
    opened(page, f"/init/show/tabs/docker_{kind}/99999")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text(MISSING)


def test_link_to_a_hidden_registry(gui: Gui, signed_in: Visitors) -> None:
    """A panel of a registry that is not published to somebody shows nothing of it."""
    registry = gui.make_registry(publications=(), responsibles=("Platform-Team",))
    page = signed_in("grace", allow=(404,))
    opened(page, f"/init/show/tabs/docker_registry/{registry['id']}")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text(MISSING)
    assert registry["service"] not in page.content()


@pytest.mark.parametrize("rest", ["/nothing/1", "/docker_registry/x", "", "?otype=a&oid=1"])
def test_unknown_tabs(signed_in: Visitors, rest: str) -> None:
    """A link to what has no tabs says so, on a page that goes on."""
    page = signed_in("grace", allow=(404,))
    opened(page, f"/init/show/tabs{rest}", status=404)
    expect(page.locator("#messages")).to_contain_text("There are no tabs of this object here.")
    page.get_by_role("button", name="Close this message").click()
    expect(page.locator("#messages")).to_be_empty()


def test_nonsense_panel(signed_in: Visitors) -> None:
    """A panel that makes no sense opens none."""
    page = signed_in("grace")
    for panel in ("registry", "registry:x", "nothing:1", "registry:1e9", "%00"):
        opened(page, f"{REGISTRIES}?panel={panel}")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_add_dialog_by_its_address(signed_in: Visitors) -> None:
    """The collector's menu entry opens the dialog that declares a registry."""
    page = signed_in("linus")
    opened(page, "/init/dm/index/data_action_add_docker_registry")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_contain_text(re.compile("registry", re.I))
    expect(dialog.get_by_role("textbox").first).to_be_focused()


def test_back_closes_a_panel(gui: Gui, signed_in: Visitors) -> None:
    """The back button closes a panel and forward opens it again, on the same page."""
    registry = gui.make_registry()
    page = signed_in("linus")
    opened(page, REGISTRIES)
    page.evaluate("window.same = true")
    script = """async (id) => (await import(document.body.dataset.static + "/js/ui/panels.js"))
        .openPanel("registry", id)"""
    page.evaluate(script, registry["id"])
    panel = page.get_by_role("dialog", name=registry["service"])
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(f"panel=registry(:|%3A){registry['id']}$"))
    page.go_back()
    expect(panel).to_have_count(0)
    expect(page).not_to_have_url(re.compile("panel"))
    page.go_forward()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page).not_to_have_url(re.compile("panel"))
    assert page.evaluate("window.same")


def test_reload_keeps_a_panel(gui: Gui, signed_in: Visitors) -> None:
    """The address of a panel can be sent to others: a reload shows it again."""
    registry = gui.make_registry()
    page = signed_in("linus")
    opened(page, f"{REGISTRIES}?panel=registry:{registry['id']}")
    page.reload()
    expect(page.get_by_role("dialog", name=registry["service"])).to_be_visible()


def test_first_page(signed_in: Visitors) -> None:
    """Whoever types only the host's name gets the overview."""
    page = signed_in("grace")
    for address in ("/", "/init", "/init/"):
        page.goto(address)
        assert urlsplit(page.url).path == "/init/default/index"
