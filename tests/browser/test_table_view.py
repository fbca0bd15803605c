"""A table's view in a browser: its address, columns, bookmarks, CSV, live changes, a phone."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.grid import SCREEN, box, cells, choose, head, only, opened, ready, titles
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def shop(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own with two repositories, of three tags and of one."""
    registry = gui.make_registry()
    gui.make_repository(registry["id"], "base/web", tags=("one", "three", "two"), stars=5)
    gui.make_repository(registry["id"], "base/api", tags=("one",), stars=7)
    return registry


@pytest.fixture
def person(gui: Gui) -> str:
    """Somebody of webdev, whose preferences the test may change."""
    return str(gui.make_user(groups=("webdev", "DockerRegistriesPuller"))["username"])


def test_back_and_forward(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Each step of a view is in the address: a reload keeps it, back and forward lead through."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    tags = cells(table, "Tag name")
    head(table, "Tag name").get_by_role("button").click()
    expect(tags).to_have_text(["one", "one", "three", "two"])
    field = box(page, "Tag name")
    field.press_sequentially("t%")
    expect(tags).to_have_text(["three", "two"])
    with page.expect_response(re.compile("tag_name=tw%25")):
        field.fill("tw%")
    expect(tags).to_have_text(["two"])
    page.reload()
    ready(page)
    expect(tags).to_have_text(["two"])
    expect(field).to_have_value("tw%")
    expect(head(table, "Tag name")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(tags).to_have_text(["one", "one", "three", "two"])
    expect(field).to_have_value("")
    page.go_back()
    expect(cells(table, "Repository name").nth(1)).to_have_text("base/web")
    expect(head(table, "Tag name")).not_to_have_attribute("aria-sort", re.compile("."))
    page.go_forward()
    page.go_forward()
    expect(tags).to_have_text(["two"])


def test_links_of_collectors(gui: Gui, signed_in: Visitors) -> None:
    """A filter in the address as collectors write it is in force and in its input."""
    registry = gui.make_registry()
    name = gui.unique("base/linked")
    gui.make_repository(registry["id"], name, tags=("one",))
    page = signed_in("ada")
    table = opened(page, f"{SCREEN}?registries_f_repository_name={name}&other=1&registries_f_x=1")
    expect(cells(table, "Repository name")).to_have_text([name])
    expect(box(page, "Repository name")).to_have_value(name)


def test_a_copied_link(signed_in: Visitors, shop: dict[str, Any], person: str) -> None:
    """A copied link shows others the same columns, order and lines, whatever their default is."""
    page = signed_in("ada", permissions=["clipboard-read", "clipboard-write"])
    table = opened(page, f"{only(shop)}&registries_f_tag_name=t%25")
    shown = titles(table)
    choose(page, "Copy the link to this view")
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = signed_in(person)
    table = opened(other, only(shop, props="tag_name", orderby="~tag_name"))
    choose(other, "Columns…")
    other.get_by_role("button", name="Make these columns").click()
    expect(other.get_by_text("looks like this from now on")).to_be_visible()
    table = opened(other, link)
    assert titles(table) == shown
    expect(cells(table, "Tag name")).to_have_text(["three", "two"])


def test_columns(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Columns are hidden, added and moved; the address says so, and reset takes it back."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    first = titles(table)
    choose(page, "Columns…")
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_role("checkbox", name="Automated").uncheck()
    dialog.get_by_role("checkbox", name="Tag id").check()
    dialog.get_by_role("button", name="Move Tag name up").click()
    expect(dialog.get_by_role("button", name="Move Registry service up")).to_be_disabled()
    dialog.get_by_role("button", name="Close").click()
    now = titles(table)
    assert "Automated" not in now
    assert now[-1] == "Tag id"
    assert now.index("Tag name") < now.index("Stars")
    page.reload()
    assert titles(ready(page)) == now
    choose(page, "Columns…")
    dialog.get_by_role("button", name="Reset").click()
    dialog.get_by_role("button", name="Close").click()
    assert titles(table) == first
    expect(page).not_to_have_url(re.compile("props"))


def test_the_last_column(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """The last column cannot be hidden."""
    page = signed_in("ada")
    opened(page, only(shop, props="tag_name"))
    choose(page, "Columns…")
    box_ = page.get_by_role("dialog").get_by_role("checkbox", name="Tag name")
    expect(box_).to_be_checked()
    expect(box_).to_be_disabled()


def test_a_default(gui: Gui, signed_in: Visitors, shop: dict[str, Any], person: str) -> None:
    """Columns and order kept as the default are there at the next visit; what others keep stays."""
    login = (person, f"{person}-secret")
    gui.rest("POST", "/users/self/prefs", {"data": {"mine": {"a": 1}}}, login)
    page = signed_in(person)
    opened(page, only(shop, props="tag_name,tag_size", orderby="~tag_name"))
    choose(page, "Columns…")
    page.get_by_role("button", name="Make these columns").click()
    expect(page.get_by_text("looks like this from now on")).to_be_visible()
    table = opened(page, only(shop))
    assert titles(table) == ["Tag name", "Size"]
    expect(cells(table, "Tag name").first).to_have_text("two")
    expect(page).not_to_have_url(re.compile("props"))
    choose(page, "Clear filters and order")
    expect(page).to_have_url(re.compile("registries_orderby="))
    page.reload()
    expect(head(ready(page), "Tag name")).not_to_have_attribute("aria-sort", re.compile("."))
    kept = gui.rest("GET", "/users/self/prefs", login=login)["data"]
    assert kept["mine"] == {"a": 1}
    assert set(kept) == {"mine", "tables"}


def test_bookmarks(signed_in: Visitors, shop: dict[str, Any], person: str) -> None:
    """A view kept under a name is opened on another machine, and deleted."""
    page = signed_in(person)
    opened(page, f"{only(shop)}&registries_f_tag_name=t%25&registries_orderby=~tag_name")
    choose(page, "Bookmarks…")
    dialog = page.get_by_role("dialog", name="Bookmarks")
    expect(dialog).to_contain_text("A bookmark keeps filters, order and columns")
    dialog.get_by_role("textbox", name="Name of the bookmark").fill('<b>"mine"</b>')
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog.get_by_role("button", name='<b>"mine"</b>', exact=True)).to_be_visible()
    other = signed_in(person)
    table = opened(other, SCREEN)
    choose(other, "Bookmarks…")
    dialog = other.get_by_role("dialog", name="Bookmarks")
    dialog.get_by_role("button", name='<b>"mine"</b>', exact=True).click()
    expect(cells(table, "Tag name")).to_have_text(["two", "three"])
    choose(other, "Bookmarks…")
    dialog.get_by_role("button", name="Delete the bookmark").click()
    expect(dialog).to_contain_text("A bookmark keeps filters")


def test_csv(signed_in: Visitors, shop: dict[str, Any], tmp_path: Path) -> None:
    """The CSV file has the columns that are shown, in their order, of all filtered lines."""
    page = signed_in("ada")
    opened(page, f"{only(shop, props='tag_name,repository_name')}&registries_f_tag_name=t%25")
    with page.expect_download() as found:
        choose(page, "Download as CSV")
    assert found.value.suggested_filename == "registries.csv"
    found.value.save_as(tmp_path / "file.csv")
    text = (tmp_path / "file.csv").read_text(encoding="utf-8")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert lines == [
        ["tag_name", "repository_name"], ["three", "base/web"], ["two", "base/web"],
    ]


def test_changes_appear(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A change appears within two seconds; focus, checks and scrolling stay as they are."""
    page = signed_in("ada", height=300)
    table = opened(page, only(shop))
    page.get_by_role("checkbox", name="Check base/web:two").check()
    line = table.locator("tbody tr").filter(has_text="two")
    line.focus()
    page.evaluate("scrollTo(0, 120)")
    at = page.evaluate("scrollY")
    began = time.monotonic()
    registry = f"/docker/registries/{shop['id']}"
    gui.rest("POST", registry, {"service": f"aa-{shop['service']}"})
    expect(cells(table, "Registry service").first).to_have_text(f"aa-{shop['service']}")
    assert time.monotonic() - began < 2
    expect(line).to_be_focused()
    expect(line).to_have_class(re.compile("fresh"))
    expect(page.get_by_role("checkbox", name="Check base/web:two")).to_be_checked()
    assert page.evaluate("scrollY") == at
    ((repository,),) = gui.rows(
        "SELECT id FROM docker_repositories WHERE registry_id = ? AND repository = ?",
        shop["id"], "base/api",
    )
    gui.make_tag(repository, "another")
    expect(table.locator("tbody tr")).to_have_count(5)
    expect(line).to_be_focused()
    expect(line).to_have_attribute("tabindex", "0")


def test_not_live(gui: Gui, signed_in: Visitors, shop: dict[str, Any], person: str) -> None:
    """Where changes are not followed nothing moves by itself, pages are larger, and it is kept."""
    page = signed_in(person)
    table = opened(page, only(shop))
    live = page.get_by_role("button", name="Live", exact=True)
    with page.expect_response("**/users/self/prefs"):
        live.click()
    expect(live).to_have_attribute("aria-pressed", "false")
    sizes = page.get_by_role("combobox", name="Lines per page")
    expect(sizes.get_by_role("option")).to_have_text(["20", "50", "100", "500"])
    watcher = signed_in("ada")
    other = opened(watcher, only(shop))
    gui.rest("POST", f"/docker/registries/{shop['id']}", {"service": f"aa-{shop['service']}"})
    expect(cells(other, "Registry service").first).to_have_text(f"aa-{shop['service']}")
    expect(cells(table, "Registry service").first).to_have_text(shop["service"])
    page.get_by_role("button", name="Refresh").click()
    expect(cells(table, "Registry service").first).to_have_text(f"aa-{shop['service']}")
    with page.expect_response("**/users/self/prefs"):
        sizes.select_option("500")
        page.reload()
    ready(page)
    expect(live).to_have_attribute("aria-pressed", "false")
    expect(sizes).to_have_value("500")
    live.click()
    expect(sizes).to_have_value("50")


def test_on_a_phone(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """On a phone the table scrolls sideways, without the page, and beside the repository's name."""
    page = signed_in("ada", width=390, height=800)
    table = opened(page, only(shop))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name="Next page")).to_be_in_viewport()
    expect(cells(table, "Registry service").first).to_be_in_viewport()
    head(table, "Tag created").scroll_into_view_if_needed()
    expect(cells(table, "Registry service").first).not_to_be_in_viewport()
    expect(cells(table, "Repository name").first).to_be_in_viewport(ratio=1)
    expect(head(table, "Tag created")).to_be_in_viewport()
    box(page, "Tag name").fill("two")
    expect(table.locator("tbody tr")).to_have_count(1)
    choose(page, "Columns…")
    dialog = page.get_by_role("dialog", name="Columns")
    assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.clientWidth <= 390")
