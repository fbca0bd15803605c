"""Other tables in a browser: what runs, the log, the tags in a panel of a registry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.grid import box, cells, only, opened, ready, titles
from tests.browser.sections import section
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def shop(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own with two repositories, of three tags and of one."""
    registry = gui.make_registry()
    gui.make_repository(registry["id"], "base/web", tags=("one", "three", "two"), stars=5)
    gui.make_repository(registry["id"], "base/api", tags=("one",), stars=7)
    return registry


def test_platforms(gui: Gui, signed_in: Visitors) -> None:
    """Platforms are told by their names."""
    registry = gui.make_registry()
    repository = gui.make_repository(registry["id"])
    known = '[{"os": "linux", "architecture": "arm64", "variant": "v8"}]'
    gui.make_tag(repository["id"], "one", platforms=known)
    page = signed_in("ada")
    table = opened(page, only(registry, props="tag_name,tag_platforms"))
    expect(cells(table, "Platforms")).to_have_text(["linux/arm64/v8"])
    box(page, "Platforms").fill("%s390x%")
    expect(table.locator("tbody tr")).to_have_count(0)
    box(page, "Platforms").fill("%arm64%")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name="Values of Platforms")).to_have_count(0)


def test_in_a_panel(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """The panel of a registry has the table of its tags; its view is not in the address."""
    page = signed_in("ada")
    panel = section(page, shop, "tags")
    address = page.url
    lines = panel.locator("tbody tr")
    expect(lines).to_have_count(4)
    assert "Registry service" not in titles(panel.locator("table.table"))
    panel.get_by_role("searchbox", name="Filter by Tag name").fill("t%")
    expect(lines).to_have_count(2)
    panel.get_by_role("button", name="Tag name", exact=True).click()
    expect(panel.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert page.url == address
    panel.get_by_role("button", name="base/web").first.click()
    expect(page.get_by_role("dialog", name="base/web")).to_be_visible()


def _tell(gui: Gui, key: str, value: str) -> None:
    """Have an agent of the demonstration's first service report something."""
    ((svc, node),) = gui.rows("SELECT svc_id, node_id FROM resinfo ORDER BY id LIMIT 1")
    gui.insert(
        "resinfo", dates=("updated",), svc_id=svc, node_id=node, rid="container#9", res_key=key,
        res_value=value, topology="failover",
    )


def test_images_that_run(gui: Gui, signed_in: Visitors) -> None:
    """A button leaves what tells of images, by the older key and the newer one."""
    older, newer = gui.unique("cafe"), gui.unique("beef")
    _tell(gui, "docker_image_id", older)
    _tell(gui, "image_id", newer)
    page = signed_in("root")
    table = opened(page, "/init/resinfo/resinfo?resinfo_f_rid=container%239")
    page.get_by_role("button", name="Images").click()
    expect(box(page, "Key")).to_have_value("docker_image_id")
    expect(cells(table, "Value").filter(has_text=older)).to_have_count(1)
    expect(cells(table, "Value").filter(has_text=newer)).to_have_count(1)
    others = re.compile("^(?!(docker_)?image_id)")
    expect(cells(table, "Key").filter(has_text=others)).to_have_count(0)


def test_names_in_a_row(gui: Gui, signed_in: Visitors) -> None:
    """Names of nodes or services typed with blanks between them are a list."""
    # Other tests make services of their own.
    known = sorted(name for (name,) in gui.rows("SELECT svcname FROM services") if "/" in name)
    one, two = known[:2]
    page = signed_in("root")
    opened(page, "/init/resinfo/resinfo")
    box(page, "Service").fill(f" {one}  {two} ")
    expect(page).to_have_url(re.compile("resinfo_f_svcname=%28[^%]+%2F[^%]+%2C[^%]+%2F[^%]+%29"))
    page.reload()
    ready(page)
    expect(box(page, "Service")).to_have_value(f"({one},{two})")


def test_long_values(gui: Gui, signed_in: Visitors) -> None:
    """A long value without blanks stays within its cell."""
    value = gui.unique("x" * 300)
    _tell(gui, "long", value)
    table = opened(signed_in("root"), "/init/resinfo/resinfo?resinfo_f_res_key=long")
    cell = cells(table, "Value").filter(has_text=value)
    assert cell.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def only_some(page: Page, label: str) -> None:
    """Choose one of the log's presets."""
    page.get_by_role("button", name="Only some entries").click()
    page.get_by_role("menuitem", name=label, exact=True).click()


def test_log(signed_in: Visitors) -> None:
    """The log shows only pushes, pulls or refusals when told to, and each entry as a whole."""
    page = signed_in("root")
    table = opened(page, "/init/log/log?log_limit=20")
    for label, action in (("Pushes", "docker.push"), ("Pulls", "docker.pull")):
        only_some(page, label)
        expect(cells(table, "Action").first).to_have_text(action)
        ready(page)
        assert set(cells(table, "Action").all_inner_texts()) == {action}
    only_some(page, "Changes")
    expect(cells(table, "Action").first).to_have_text(re.compile("create|change|add"))
    only_some(page, "Refused")
    expect(cells(table, "Level").first).to_have_text("warning")
    only_some(page, "Tokens")
    expect(cells(table, "Action").first).to_have_text("docker.token")
    cells(table, "What").first.get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="docker.token")
    expect(dialog.locator("dt", has_text="who")).to_be_visible()
    expect(dialog.locator("dt", has_text="refused")).to_be_visible()
    page.keyboard.press("Escape")
    table.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
