"""The table of registries in a browser: pages, order, what is checked, the keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.grid import SCREEN, cells, head, only, opened
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def shop(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own with two repositories, of three tags and of one."""
    registry = gui.make_registry()
    gui.make_repository(registry["id"], "base/web", tags=("one", "three", "two"), stars=5)
    gui.make_repository(registry["id"], "base/api", tags=("one",), stars=7)
    return registry


@pytest.fixture(scope="module")
def long(gui: Gui) -> dict[str, Any]:
    """A registry with 45 tags, that no test changes."""
    registry = gui.make_registry()
    gui.make_repository(registry["id"], "base/long", tags=[f"t{n:02}" for n in range(1, 46)])
    return registry


def test_pages(signed_in: Visitors, long: dict[str, Any]) -> None:
    """Pages are turned by buttons and by their number, and what is shown is told."""
    page = signed_in("ada")
    table = opened(page, only(long, limit="20"))
    pages = page.get_by_role("group", name="Pages")
    told = pages.get_by_role("status")
    expect(told).to_have_text("1–20 of 45")
    expect(pages.get_by_role("button", name="Previous page")).to_be_disabled()
    pages.get_by_role("button", name="Next page").click()
    expect(told).to_have_text("21–40 of 45")
    expect(cells(table, "Tag name").first).to_have_text("t21")
    pages.get_by_role("button", name="Last page").click()
    expect(told).to_have_text("41–45 of 45")
    expect(pages.get_by_role("button", name="Next page")).to_be_disabled()
    number = pages.get_by_role("textbox", name="Page")
    for text, shown, lines in (("2", "2", "21–40"), ("99", "3", "41–45"), ("x", "3", "41–45")):
        number.fill(text)
        number.press("Enter")
        expect(told).to_have_text(f"{lines} of 45")
        expect(number).to_have_value(shown)
    pages.get_by_role("button", name="First page").click()
    expect(cells(table, "Tag name").first).to_have_text("t01")


def test_lines_per_page(signed_in: Visitors, long: dict[str, Any]) -> None:
    """Lines per page are chosen; more than fifty only where changes are not followed."""
    page = signed_in("ada")
    table = opened(page, only(long))
    sizes = page.get_by_role("combobox", name="Lines per page")
    expect(sizes).to_have_value("50")
    expect(sizes.get_by_role("option")).to_have_text(["20", "50"])
    sizes.select_option("20")
    expect(table.locator("tbody tr")).to_have_count(20)
    expect(page).to_have_url(re.compile("registries_limit=20"))


def test_order(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A head sorts, turns round, ends; with Shift it does so within, and heads tell it."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    tags, names = cells(table, "Tag name"), cells(table, "Repository name")
    head(table, "Tag name").get_by_role("button").click()
    expect(tags).to_have_text(["one", "one", "three", "two"])
    expect(head(table, "Tag name")).to_have_attribute("aria-sort", "ascending")
    head(table, "Tag name").get_by_role("button").click()
    expect(tags).to_have_text(["two", "three", "one", "one"])
    expect(head(table, "Tag name")).to_have_attribute("aria-sort", "descending")
    head(table, "Repository name").get_by_role("button").click(modifiers=["Shift"])
    expect(names).to_have_text(["base/web", "base/web", "base/api", "base/web"])
    head(table, "Repository name").get_by_role("button").click(modifiers=["Shift"])
    expect(names).to_have_text(["base/web", "base/web", "base/web", "base/api"])
    expect(head(table, "Repository name")).to_have_text(re.compile("Repository name\\s*2"))
    expect(page).to_have_url(re.compile("registries_orderby=%7Etag_name%2C%7Erepository_name"))
    head(table, "Repository name").get_by_role("button").press("Shift+Enter")
    expect(page).to_have_url(re.compile("registries_orderby=%7Etag_name($|&)"))
    head(table, "Tag name").get_by_role("button").click()
    expect(page).not_to_have_url(re.compile("orderby"))
    head(table, "Stars").get_by_role("button").press("Enter")
    expect(names.first).to_have_text("base/web")
    expect(head(table, "Tag name")).not_to_have_attribute("aria-sort", re.compile("."))


def test_checking(signed_in: Visitors, long: dict[str, Any]) -> None:
    """Lines are checked one by one, as a range with Shift, as a page, and stay so across pages."""
    page = signed_in("ada")
    opened(page, only(long, limit="20"))
    told = page.locator(".table-selection")
    one = page.get_by_role("checkbox", name="Check base/long:t02")
    one.check()
    expect(told).to_contain_text("1 checked")
    page.get_by_role("checkbox", name="Check base/long:t05").click(modifiers=["Shift"])
    expect(told).to_contain_text("4 checked")
    page.get_by_role("button", name="Next page").click()
    page.get_by_role("checkbox", name="Check base/long:t22").click(modifiers=["Shift"])
    expect(told).to_contain_text("5 checked")
    page.get_by_role("checkbox", name="Check all lines of this page").check()
    expect(told).to_contain_text("24 checked")
    page.get_by_role("button", name="Previous page").click()
    expect(one).to_be_checked()
    one.uncheck()
    expect(told).to_contain_text("23 checked")
    told.get_by_role("button", name="Uncheck").click()
    expect(told).to_have_count(0)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_checking_all(signed_in: Visitors, long: dict[str, Any]) -> None:
    """All filtered lines are checked at once, and how many of them are elsewhere is told."""
    page = signed_in("ada")
    opened(page, only(long, limit="20", f_tag_name="!t45"))
    told = page.locator(".table-selection")
    page.get_by_role("checkbox", name="Check base/long:t02").check()
    told.get_by_role("button", name="Check all 44 lines").click()
    expect(told.get_by_role("status")).to_have_text("44 checked, 24 of them not on this page")
    expect(told.get_by_role("button", name="Check all")).to_have_count(0)
    page.get_by_role("button", name="Last page").click()
    expect(page.get_by_role("checkbox", name="Check base/long:t44")).to_be_checked()


def test_heads_stay(signed_in: Visitors, long: dict[str, Any]) -> None:
    """Heads and filters stay in sight while lines scroll, and hide no line that is walked to."""
    page = signed_in("ada", height=600)
    table = opened(page, only(long))
    first = table.locator("tbody tr").first
    first.focus()
    page.keyboard.press("End")
    expect(first).not_to_be_in_viewport()
    expect(head(table, "Tag name")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Home")
    page.wait_for_function("""() => {
        const bottom = document.querySelector(".table thead").getBoundingClientRect().bottom;
        return document.activeElement.getBoundingClientRect().top >= bottom - 1;
    }""")


def focused(page: Page) -> str:
    """What the line with the focus is called."""
    label = "document.activeElement.querySelector('input')?.ariaLabel ?? ''"
    return str(page.evaluate(label)).replace("Check ", "")


def test_keyboard(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Arrows move between lines, Space checks, Enter opens, and closing leads back to the line."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    table.locator("tbody tr").first.focus()
    for key, name in (
        ("ArrowDown", "base/web:one"), ("End", "base/web:two"), ("ArrowDown", "base/web:two"),
        ("ArrowUp", "base/web:three"), ("Home", "base/api:one"), ("ArrowUp", "base/api:one"),
        ("ArrowDown", "base/web:one"),
    ):
        page.keyboard.press(key)
        assert focused(page) == name, key
    expect(table.locator("tbody tr[tabindex='0']")).to_have_count(1)
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="Check base/web:one")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="base/web")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert focused(page) == "base/web:one"


@pytest.mark.parametrize("way", ["ContextMenu", "Shift+F10", "right", "name", "button"])
def test_actions_of_a_line(signed_in: Visitors, shop: dict[str, Any], way: str) -> None:
    """The context menu's key, the right button and a line's own button open its actions, once."""
    page = signed_in("linus")
    table = opened(page, only(shop))
    line = table.locator("tbody tr").filter(has_text="three")
    if way == "right":
        cells(table, "Tag name").filter(has_text="three").click(button="right")
    elif way == "name":
        line.get_by_role("button", name="base/web", exact=True).click(button="right")
    elif way == "button":
        page.get_by_role("button", name="Actions on base/web:three").click()
    else:
        line.focus()
        page.keyboard.press(way)
    dialog = page.get_by_role("dialog", name="Actions")
    expect(dialog).to_have_count(1)
    expect(dialog.get_by_role("radio", name="The clicked line")).to_be_checked()
    expect(dialog.get_by_role("radio", name="All 4 filtered lines")).to_be_visible()


@pytest.mark.parametrize("privileges", [[], ["DockerRegistriesManager"]])
def test_no_registry_yet(gui: Gui, signed_in: Visitors, privileges: list[str]) -> None:
    """Whose groups see no registry is told whom to ask, or how to declare one."""
    page = signed_in(gui.make_user(groups=privileges)["username"])
    opened(page, SCREEN)
    empty = page.locator("main .empty")
    if privileges:
        expect(empty).to_contain_text("No registry yet")
        empty.get_by_role("button", name="Add docker registry").click()
        expect(page.get_by_role("dialog")).to_be_visible()
    else:
        expect(empty).to_contain_text("Ask somebody with the privilege DockerRegistriesManager")


def test_no_answer(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A server that does not answer is told in words, and asked once more by a button."""
    page = signed_in("ada", allow=("net::ERR_FAILED",))
    table = opened(page, only(shop))
    page.route("**/ajax_registries/data*", lambda route: route.abort())
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("The collector does not answer")
    expect(table.locator("tbody tr")).to_have_count(4)
    page.unroute("**/ajax_registries/data*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
