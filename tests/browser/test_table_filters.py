"""The filters of a table in a browser: typed, and chosen among the values there are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.grid import box, cells, only, opened, values
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def shop(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own with two repositories, of three tags and of one."""
    registry = gui.make_registry()
    gui.make_repository(registry["id"], "base/web", tags=("one", "three", "two"), stars=5)
    gui.make_repository(registry["id"], "base/api", tags=("one",), stars=7)
    return registry


def test_filters_are_typed(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Filters act while they are typed, several at once, and an empty one ends."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    box(page, "Tag name").press_sequentially("t%")
    box(page, "Repository name").press_sequentially("%WEB")
    expect(cells(table, "Tag name")).to_have_text(["three", "two"])
    expect(page).to_have_url(re.compile("registries_f_tag_name=t%25"))
    expect(page).to_have_url(re.compile("registries_f_repository_name=%25WEB"))
    box(page, "Tag name").fill("!(two,three)")
    expect(cells(table, "Tag name")).to_have_text(["one"])
    box(page, "Tag name").fill("")
    expect(cells(table, "Tag name")).to_have_text(["one", "three", "two"])
    expect(page).not_to_have_url(re.compile("tag_name"))


def test_typing_is_not_disturbed(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """What is being typed stays as it is, blanks too, while answers and changes arrive."""
    page = signed_in("ada", allow=(400,))  # half an expression is none
    table = opened(page, only(shop))
    field = box(page, "Tag name")
    with page.expect_response(re.compile("tag_name=t")):
        field.press_sequentially("t | ")
    field.press_sequentially("on")
    gui.announce("docker_tags")
    with page.expect_response(re.compile("ajax_registries/data")):
        field.press_sequentially("e")
    expect(cells(table, "Tag name")).to_have_text(["one", "one"])
    expect(field).to_have_value("t | one")
    expect(field).to_be_focused()


def test_wrong_filters(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A filter that cannot be understood says so beside its input; the lines stay."""
    page = signed_in("ada", allow=(400,))
    table = opened(page, only(shop))
    box(page, "Tag name").fill("(one,")
    expect(box(page, "Tag name")).to_have_attribute("aria-invalid", "true")
    expect(box(page, "Tag name")).to_have_accessible_description(re.compile("not closed"))
    expect(table.locator("thead").get_by_role("alert")).to_contain_text("not closed")
    expect(box(page, "Repository name")).to_have_attribute("aria-invalid", "false")
    expect(table.locator("tbody tr")).to_have_count(4)
    box(page, "Tag name").fill("(one)")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_filters_of_hidden_columns(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A filter of a column that is not shown is told, and can be taken away."""
    page = signed_in("ada")
    opened(page, f"{only(shop)}&registries_f_tag_name=two")
    told = page.get_by_role("list", name="Filters of hidden columns")
    expect(told).to_contain_text(f"Registry id {shop['id']}")
    told.get_by_role("button", name="Clear the filter of Registry id").click()
    expect(told).to_have_count(0)
    expect(page).to_have_url(f"{page.url.split('?')[0]}?registries_f_tag_name=two")


def test_help(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """How filters are written is said beside them, and where values are chosen."""
    page = signed_in("ada")
    opened(page, only(shop))
    page.get_by_role("button", name="How to write filters").click()
    expect(page.get_by_role("dialog", name="How to write filters")).to_contain_text("is a or b")
    page.keyboard.press("Escape")
    dialog = values(page, "Tag name")
    dialog.get_by_text("How to write filters").click()
    expect(dialog.get_by_text("is a or b").first).to_be_visible()


def test_values(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Values are there with how often; one, several, or all but these become the filter."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    dialog = values(page, "Tag name")
    expect(dialog.get_by_role("listitem")).to_contain_text(["one 2", "three 1", "two 1"])
    dialog.get_by_role("searchbox", name="Search the values").fill("TH")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="three").click()
    expect(cells(table, "Tag name")).to_have_text(["three"])
    dialog = values(page, "Tag name")
    expect(dialog.get_by_role("listitem")).to_have_count(3)
    dialog.get_by_role("checkbox", name="one").check()
    dialog.get_by_role("checkbox", name="two").check()
    dialog.get_by_role("button", name="Filter", exact=True).click()
    expect(cells(table, "Tag name")).to_have_text(["one", "one", "two"])
    expect(box(page, "Tag name")).to_have_value("(one,two)")
    dialog = values(page, "Tag name")
    dialog.get_by_role("checkbox", name="all but these").check()
    dialog.get_by_role("button", name="one", exact=True).click()
    expect(cells(table, "Tag name")).to_have_text(["three", "two"])


def test_several_values(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """With Ctrl a click chooses one value of several."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    dialog = values(page, "Tag name")
    for name in ("two", "one", "three", "two"):
        dialog.get_by_role("button", name=name, exact=True).click(modifiers=["Control"])
    expect(dialog.get_by_role("checkbox", name="two")).not_to_be_checked()
    dialog.get_by_role("button", name="Filter", exact=True).click()
    expect(cells(table, "Tag name")).to_have_text(["one", "one", "three"])


def test_clearing_all(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """One button clears all filters; it is there while there are some."""
    page = signed_in("ada")
    opened(page, f"{only(shop)}&registries_f_tag_name=t%25&registries_orderby=tag_name")
    clear = page.get_by_role("button", name="Clear all filters")
    clear.click()
    expect(clear).to_have_count(0)
    expect(box(page, "Tag name")).to_have_value("")
    expect(page).to_have_url(re.compile(r"registries\?registries_orderby=tag_name$"))


def test_turning_round(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A filter is turned round into its exact opposite, back again, and cleared."""
    page = signed_in("ada")
    table = opened(page, f"{only(shop)}&registries_f_tag_name=t%25%26%25o|one")
    expect(cells(table, "Tag name")).to_have_text(["one", "one", "two"])
    values(page, "Tag name").get_by_role("button", name="Turn round").click()
    expect(cells(table, "Tag name")).to_have_text(["three"])
    values(page, "Tag name").get_by_role("button", name="Turn round").click()
    expect(cells(table, "Tag name")).to_have_text(["one", "one", "two"])
    values(page, "Tag name").get_by_role("button", name="Clear").click()
    expect(cells(table, "Tag name")).to_have_count(4)


HOSTILE = (
    'Say "hi"', "a,b", "(a)", "!a", "a|b&c", ">1", "100%", "%", "~x", "<b>bold</b>",
    "__proto__", "-1d", "Ünï 'q' \\", "a\"b",
)


@pytest.fixture(scope="module")
def hostile(gui: Gui) -> dict[str, Any]:
    """A registry with hostile descriptions, that no test changes."""
    registry = gui.make_registry()
    for text in HOSTILE:
        gui.make_repository(registry["id"], description=text)
    return registry


@pytest.mark.parametrize("part", [slice(0, 5), slice(5, 10), slice(10, None)])
def test_a_hostile_value(signed_in: Visitors, hostile: dict[str, Any], part: slice) -> None:
    """Whatever stands in a value, choosing it leaves its lines, and only them."""
    page = signed_in("ada")
    table = opened(page, only(hostile, props="repository_description"))
    for text in HOSTILE[part]:
        dialog = values(page, "Repository description")
        dialog.get_by_role("button", name=text, exact=True).click()
        expect(cells(table, "Repository description")).to_have_text([text])


def test_hostile_values(signed_in: Visitors, hostile: dict[str, Any]) -> None:
    """Several hostile values are chosen together, or all but them."""
    page = signed_in("ada")
    table = opened(page, only(hostile, props="repository_description"))
    for negated, shown in ((False, HOSTILE[:6]), (True, HOSTILE[6:])):
        dialog = values(page, "Repository description")
        for text in HOSTILE[:6]:
            button = page.get_by_role("button", name=text, exact=True)
            item = dialog.get_by_role("listitem").filter(has=button)
            item.get_by_role("checkbox").check()
        dialog.get_by_role("checkbox", name="all but these").set_checked(negated)
        dialog.get_by_role("button", name="Filter", exact=True).click()
        expect(table.locator("tbody tr")).to_have_count(len(shown))
        assert set(cells(table, "Repository description").all_inner_texts()) == set(shown)


def test_dates(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Columns of dates offer the last hour, day, week and month."""
    gui.change(
        "UPDATE docker_tags SET updated = '2020-02-02 02:02:02' WHERE registry_id = ? AND name = ?",
        shop["id"], "two",
    )
    page = signed_in("ada")
    table = opened(page, only(shop))
    expect(table.locator("tbody tr")).to_have_count(4)
    for label in ("last hour", "last day", "last week", "last 30 days"):
        values(page, "Tag updated").get_by_role("button", name=label).click()
        expect(cells(table, "Tag name")).to_have_text(["one", "one", "three"])
    values(page, "Tag updated").get_by_role("button", name="Clear").click()
    values(page, "Tag updated").get_by_role("button", name="2020-02-02 02:02:02").click()
    expect(cells(table, "Tag name")).to_have_text(["two"])


def test_nothing_fits(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Where filters leave nothing, that is said, and they can be cleared there."""
    page = signed_in("ada")
    table = opened(page, f"{only(shop)}&registries_f_tag_name=nosuch")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    expect(page.get_by_role("group", name="Pages").get_by_role("status")).to_have_text("0–0 of 0")
    page.get_by_role("button", name="Clear filters").click()
    expect(table.locator("tbody tr").first).to_be_visible()
    expect(page.get_by_text("Nothing fits these filters")).to_have_count(0)
