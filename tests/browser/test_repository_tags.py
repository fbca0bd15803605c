"""The tags of a repository: its pull line, its list, and where an image runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.sheets import confirm, repository
from tests.browser.site import Gui
from tests.browser.visitors import Visitors
from tests.unit.remote.stub import StubRegistry


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry for which linus is responsible, published to all."""
    return gui.make_registry()


@pytest.fixture
def stub() -> Iterator[StubRegistry]:
    """A registry that can be deleted from."""
    with StubRegistry() as running:
        yield running


def test_the_pull_line_has_the_chosen_tag(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """The line that pulls names latest, or the tag that is chosen."""
    one = gui.make_repository(registry["id"], tags=["latest", "1.0", "2.0"])
    panel = repository(signed_in("grace"), one["id"])
    place = f"{registry['url'].removeprefix('https://')}/{one['repository']}"
    line = panel.get_by_label("pull line", exact=True)
    expect(line).to_have_text(f"docker pull {place}:latest")
    panel.get_by_label("Tag", exact=True).select_option("1.0")
    expect(line).to_have_text(f"docker pull {place}:1.0")


def test_a_repository_without_tags(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Where no tag is, the panel shows the lines that push one."""
    one = gui.make_repository(registry["id"])
    panel = repository(signed_in("linus"), one["id"])
    expect(panel.get_by_label("push lines", exact=True)).to_contain_text("docker push")
    panel.get_by_role("tab", name="Tags").click()
    expect(panel.get_by_text("This repository has no tag.")).to_be_visible()


def test_tags_tell_what_is_known(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A tag's line has its platforms, size, digest, and who pushed and pulled."""
    one = gui.make_repository(registry["id"])
    gui.make_tag(
        one["id"], "v1", size=12_300_000, pushed_at=1_700_000_000.0, pushed_by="ada", pulls=7,
        pulled_at=1_700_000_100.0, pulled_by="store/web@n1", digest="sha256:" + "ab" * 32,
        platforms='[{"os": "linux", "architecture": "arm64", "variant": "v8", "size": 5}]',
    )
    panel = repository(signed_in("grace"), one["id"], "tags")
    line = panel.get_by_role("listitem")
    for text in ("v1", "linux/arm64/v8", "12.3 MB", "abababababab", "by ada", "by store/web@n1"):
        expect(line).to_contain_text(text)
    expect(line).to_contain_text("(7 times)")
    remove = line.get_by_role("button", name="Delete v1")
    expect(remove).to_have_attribute("aria-disabled", "true")
    expect(remove).to_have_attribute("title", re.compile("DockerRegistriesManager"))


def test_tags_are_paged_filtered_and_sorted(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Of many tags the first come, more on demand; a filter's signs mean themselves."""
    one = gui.make_repository(registry["id"], tags=[f"v{number:03}" for number in range(70)])
    gui.make_tag(one["id"], "newest_of_all", pushed_at=1_900_000_000.0)
    panel = repository(signed_in("linus"), one["id"], "tags")
    lines = panel.get_by_role("list", name="Tags").get_by_role("listitem")
    expect(lines).to_have_count(50)
    expect(panel.get_by_text("50 of 71 tags")).to_be_visible()
    expect(lines.first).to_contain_text("newest_of_all")
    panel.get_by_role("button", name="Show 21 more").click()
    expect(lines).to_have_count(71)
    panel.get_by_role("button", name="Name", exact=True).click()
    expect(lines).to_have_count(50)
    expect(lines.nth(1)).to_contain_text("v000")
    box = panel.get_by_role("searchbox", name="Filter tags by name")
    box.fill("V06")
    expect(lines).to_have_count(10)
    box.fill("_of_")
    expect(lines).to_have_count(1)
    box.fill("%")
    expect(panel.get_by_text("No tag has “%” in its name.")).to_be_visible()


def test_a_tag_is_deleted(
    gui: Gui, signed_in: Visitors, stub: StubRegistry
) -> None:
    """Who is responsible deletes a tag from its line, and the line goes."""
    registry = gui.make_registry(url=stub.url, insecure=True)
    one = gui.make_repository(registry["id"])
    for name in ("keep", "drop"):
        stub.content.push(one["repository"], name)
        gui.make_tag(one["id"], name)
    page = signed_in("linus")
    panel = repository(page, one["id"], "tags")
    panel.get_by_role("button", name="Delete drop").click()
    confirm(page, "docker tag")
    expect(panel.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_count(1)
    names = gui.rest("GET", "/docker/tags", filters=f"repository_id {one['id']}", props="name")
    assert names["data"] == [{"name": "keep"}]


def test_where_an_image_runs(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """From a tag one comes to the services and nodes that report its image."""
    one = gui.make_repository(registry["id"])
    tag = gui.make_tag(one["id"], "v1")
    (digest,) = gui.rows("SELECT config_digest FROM docker_tags WHERE id = ?", tag)[0]
    ((svc_id,),) = gui.rows("SELECT svc_id FROM services WHERE svcname = ?", "store/web")
    ((node_id,),) = gui.rows("SELECT node_id FROM nodes WHERE nodename = ?", "n1.example.org")
    rid = gui.unique("container")
    for key, value in (("image_id", digest[7:]), ("docker_image_id", digest)):
        gui.insert(
            "resinfo", dates=("updated",), rid=rid, res_key=key, res_value=value,
            topology="failover", svc_id=svc_id, node_id=node_id,
        )
    page = signed_in("ada")
    repository(page, one["id"], "tags").get_by_role("button", name="Where v1 runs").click()
    dialog = page.locator("dialog.wide")
    expect(dialog).to_contain_text("Reported by 1 service on 1 node.")
    expect(dialog.get_by_role("row")).to_have_count(2)
    expect(dialog.get_by_role("row").last).to_contain_text("n1.example.org")
    expect(dialog.get_by_role("link", name="Show these lines")).to_have_attribute(
        "href", f"/init/resinfo/resinfo?resinfo_f_res_value={digest[7:]}"
    )


def test_an_image_that_runs_nowhere(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Where nothing reports an image, the dialog says what agents report, and when."""
    one = gui.make_repository(registry["id"], tags=["v1"])
    page = signed_in("linus")
    repository(page, one["id"], "tags").get_by_role("button", name="Where v1 runs").click()
    expect(page.locator("dialog.wide")).to_contain_text("once an hour, as image_id")
