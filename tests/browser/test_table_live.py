"""A table in a browser that follows changes: quietly, without losing one, or what one is at."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.grid import cells, head, only, opened
from tests.browser.site import Gui
from tests.browser.visitors import Visitors

DATA = "**/ajax_registries/data*"
_COUNT = """async () => {
    const { follow } = await import(document.body.dataset.static + "/js/lib/live.js");
    window.heard = 0;
    follow(["docker_tags"], () => (window.heard += 1));
}"""


@pytest.fixture
def shop(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own with a repository of two tags, whose id is ``repository``."""
    registry = gui.make_registry()
    repository = gui.make_repository(registry["id"], tags=("one", "two"))
    return {**registry, "repository": repository["id"]}


def _heard(page: Page, times: int) -> None:
    page.wait_for_function("(times) => window.heard >= times", arg=times)


def test_fast_changes(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Changes faster than answers wait for the answer, and are then asked for together."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    page.evaluate(_COUNT)
    held: list[Route] = []
    page.route(DATA, lambda route: held.append(route))
    with page.expect_request(DATA):
        gui.make_tag(shop["repository"], "three")
    for times in (2, 3):
        gui.make_tag(shop["repository"], f"more-{times}")
        _heard(page, times)
    assert len(held) == 1
    expect(table).to_have_attribute("aria-busy", "false")
    with page.expect_request(DATA):
        held[0].continue_()
    page.unroute(DATA)
    for route in held[1:]:
        route.continue_()
    expect(table.locator("tbody tr")).to_have_count(5)


def test_a_line_that_moves(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A line keeps the focus where changes move it; one that is gone leaves it to its neighbour."""
    page = signed_in("ada")
    table = opened(page, only(shop, orderby="~tag_config_size"))
    id_ = gui.make_tag(shop["repository"], "three")
    expect(table.locator("tbody tr")).to_have_count(3)
    line = table.locator("tbody tr").filter(has_text="three")
    line.focus()
    for size, place in ((9, 2), (9_000, 0), (8_000, 0), (8, 2)):
        gui.change("UPDATE docker_tags SET config_size = ? WHERE id = ?", size, id_)
        gui.announce("docker_tags")
        expect(cells(table, "Tag name").nth(place)).to_have_text("three")
        expect(line).to_be_focused()
    gui.change("DELETE FROM docker_tags WHERE id = ?", id_)
    gui.announce("docker_tags")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.locator("tbody tr").last).to_be_focused()


def test_flashing(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """What changed flashes, each time anew; what did not stays quiet."""
    page = signed_in("ada")
    table = opened(page, only(shop))
    names = []
    for size in (111, 222):
        gui.change(
            "UPDATE registry_tags SET size = ? WHERE repository_id = ? AND tag_id ="
            " (SELECT MIN(id) FROM docker_tags WHERE repository_id = ?)",
            size, shop["repository"], shop["repository"],
        )
        gui.announce("docker_tags")
        expect(cells(table, "Size").first).to_have_text(f"{size} bytes")
        expect(table.locator("tr.fresh")).to_have_count(1)
        style = "(one) => getComputedStyle(one).animationName"
        names.append(cells(table, "Size").first.evaluate(style))
    assert names[0] != names[1]
    assert all(re.match("fresh", name) for name in names)


def test_how_changes_come(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """The button says when changes are asked for again and again, as no stream comes through."""
    page = signed_in("ada", allow=(501,))
    held: list[Route] = []
    page.route(re.compile("/init/registry/live"), lambda route: held.append(route))
    with page.expect_request(re.compile("/init/registry/live")):
        table = opened(page, only(shop))
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    for route in held:
        route.fulfill(status=501, body="")
    live = page.get_by_role("button", name="Live polling")
    expect(live).to_have_attribute("title", re.compile("asked for every"))
    gui.make_tag(shop["repository"], "three")
    expect(table.locator("tbody tr")).to_have_count(3)
    live.click()
    expect(page.get_by_role("button", name="Live", exact=True)).to_have_attribute(
        "title", "Changes do not appear by themselves."
    )
    expect(head(table, "Tag name")).to_be_visible()
