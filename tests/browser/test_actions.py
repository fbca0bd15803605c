"""The action menu: its scopes, its entries, deletions one by one with what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.sections import crawl
from tests.browser.site import Gui
from tests.browser.visitors import Visitors
from tests.unit.remote.stub import StubRegistry

PAGE = "/init/resinfo/resinfo"
_OPEN = """async (options) => {
    const { actionMenu } = await import(document.body.dataset.static + "/js/ui/actions.js");
    window.refreshed = 0;
    const filtered = options.filtered && (async () => options.filtered);
    actionMenu({ ...options, filtered, refresh: () => (window.refreshed += 1) });
}"""


@pytest.fixture
def stub() -> Iterator[StubRegistry]:
    """The registry that is deleted from."""
    with StubRegistry() as running:
        yield running


@pytest.fixture
def shop(gui: Gui, stub: StubRegistry) -> dict[str, Any]:
    """A registry that the stub is, with a repository of three tags."""
    registry = gui.make_registry(url=stub.url, insecure=True)
    crawl(gui, registry)
    repository = gui.make_repository(registry["id"], gui.unique("base/shop"))
    rows = []
    for name in ("v1", "v2", "v3"):
        stub.content.push(repository["repository"], name)
        rows.append({
            "registry_id": registry["id"], "registry_service": registry["service"],
            "repository_id": repository["id"], "repository_name": repository["repository"],
            "tag_id": gui.make_tag(repository["id"], name), "tag_name": name,
        })
    return {"registry": registry, "repository": repository, "rows": rows}


def _menu(page: Page, **options: Any) -> Locator:
    page.goto(PAGE)
    page.evaluate(_OPEN, options)
    dialog = page.get_by_role("dialog", name="Actions")
    expect(dialog).to_be_visible()
    return dialog


def _entry(dialog: Locator, group: str) -> Locator:
    return dialog.get_by_role("group", name=group).get_by_role("option")


def test_the_keyboard_alone(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A few letters find an action, Enter runs it, and tags are gone in the registry and here."""
    page = signed_in("linus")
    _menu(page, clicked=shop["rows"][0], checked=shop["rows"][:2])
    page.keyboard.type("tags del")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Delete 1 docker tag?")).to_contain_text(
        f"{shop['repository']['repository']}:v1"
    )
    page.get_by_role("button", name="Delete").click()
    done = page.get_by_role("dialog", name="Deleting 1 docker tag")
    expect(done).to_contain_text("1 of 1 done")
    done.get_by_text("Close", exact=True).click()
    expect(done).to_have_count(0)
    assert page.evaluate("window.refreshed") == 1
    left = gui.rest("GET", "/docker/tags", filters=f"repository_id {shop['repository']['id']}")
    assert sorted(row["name"] for row in left["data"]) == ["v2", "v3"]


def test_scopes(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """The clicked line, those checked, all filtered: an entry tells on how many objects it acts."""
    page = signed_in("linus")
    rows = shop["rows"]
    dialog = _menu(page, clicked=rows[0], checked=rows[:2], filtered=rows, total=3)
    tags, repositories = _entry(dialog, "On docker tags"), _entry(dialog, "On docker repositories")
    expect(tags).to_contain_text("1 docker tag")
    dialog.get_by_label("2 checked lines").check()
    expect(tags).to_contain_text("2 docker tags")
    dialog.get_by_label("All 3 filtered lines").check()
    expect(tags).to_contain_text("3 docker tags")
    expect(repositories).to_contain_text("1 docker repository")


def test_a_line_without_a_tag(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A line that has no tag does not qualify for actions on tags, and the entry says so."""
    page = signed_in("linus")
    line = {**shop["rows"][0], "tag_id": "empty", "tag_name": None}
    dialog = _menu(page, clicked=line)
    expect(_entry(dialog, "On docker tags")).to_have_attribute("aria-disabled", "true")
    expect(_entry(dialog, "On docker tags")).to_contain_text("There is no docker tag in this line.")
    expect(_entry(dialog, "On docker repositories")).to_have_attribute("aria-disabled", "false")


def test_without_the_privilege(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Who lacks DockerRegistriesManager sees the actions disabled, with that reason."""
    page = signed_in("ada")
    dialog = _menu(page, clicked=shop["rows"][0])
    for group in ("Add", "On docker tags", "On docker repositories", "On docker registries"):
        expect(_entry(dialog, group)).to_have_attribute("aria-disabled", "true")
        expect(_entry(dialog, group)).to_contain_text("DockerRegistriesManager")
    _entry(dialog, "On docker tags").click(force=True)
    expect(dialog).to_be_visible()


def test_other_tables(signed_in: Visitors) -> None:
    """Tables without docker objects offer to add a registry, and nothing to delete."""
    page = signed_in("linus")
    dialog = _menu(page, clicked={"id": 1, "svcname": "x"})
    expect(dialog.get_by_role("option")).to_have_count(1)
    dialog.get_by_role("option", name="Add docker registry").click()
    expect(page.get_by_role("dialog", name="Add a docker registry")).to_be_visible()


def test_failures_stay(signed_in: Visitors, stub: StubRegistry, shop: dict[str, Any]) -> None:
    """What the registry refuses keeps its words in the list, and can be tried again."""
    page = signed_in("linus", allow=(409,))
    stub.deletes = False
    dialog = _menu(page, checked=shop["rows"][:2])
    _entry(dialog, "On docker tags").click()
    page.get_by_role("button", name="Delete").click()
    done = page.get_by_role("dialog", name="Deleting 2 docker tags")
    expect(done).to_contain_text("0 of 2 done, 2 failed")
    expect(done.get_by_text("REGISTRY_STORAGE_DELETE_ENABLED=true")).to_have_count(2)
    stub.deletes = True
    done.get_by_role("button", name="Try failed again").click()
    expect(done).to_contain_text("2 of 2 done.")


def test_a_shared_image(signed_in: Visitors, stub: StubRegistry, shop: dict[str, Any]) -> None:
    """Tags of one image that a registry can't delete alone go together where that is chosen."""
    page = signed_in("linus")
    held = stub.content.repositories[shop["repository"]["repository"]]
    held.tags["v2"] = held.tags["v1"]
    dialog = _menu(page, clicked=shop["rows"][0])
    _entry(dialog, "On docker tags").click()
    page.get_by_label("delete the other tags of the same image with it").check()
    page.get_by_role("button", name="Delete").click()
    done = page.get_by_role("dialog", name="Deleting 1 docker tag")
    expect(done).to_contain_text("deleted, and of the same image v2")
    assert set(held.tags) == {"v3"}


def test_a_repository(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Before a repository goes, the question tells how many tags go with it."""
    page = signed_in("linus")
    dialog = _menu(page, checked=shop["rows"])
    _entry(dialog, "On docker repositories").click()
    question = page.get_by_role("dialog", name="Delete 1 docker repository?")
    expect(question).to_contain_text("In it: 3 docker tags")
    question.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Deleting")).to_contain_text("1 of 1 done")
    assert not gui.rest("GET", f"/docker/repositories/{shop['repository']['id']}")["data"]


def test_a_registry(gui: Gui, signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A registry goes only when its name was typed; what is in it and what stays is told."""
    page = signed_in("linus")
    service = shop["registry"]["service"]
    dialog = _menu(page, clicked=shop["rows"][0])
    _entry(dialog, "On docker registries").click()
    question = page.get_by_role("dialog", name="Delete 1 docker registry?")
    expect(question).to_contain_text("In it: 1 docker repository and 3 docker tags that you see")
    expect(question).to_contain_text("keeps its images")
    delete = question.get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()
    question.get_by_label("to confirm").fill(service)
    delete.click()
    expect(page.get_by_role("dialog", name="Deleting")).to_contain_text("1 of 1 done")
    assert not gui.rest("GET", f"/docker/registries/{shop['registry']['id']}")["data"]


def test_many(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Of many, the question names the first fifty and says how many more there are."""
    page = signed_in("linus")
    rows = [{**shop["rows"][0], "tag_id": 9_000_000 + n, "tag_name": f"t{n}"} for n in range(60)]
    dialog = _menu(page, filtered=rows, total=60)
    _entry(dialog, "On docker tags").click()
    question = page.get_by_role("dialog", name="Delete 60 docker tags?")
    expect(question.get_by_role("listitem")).to_have_count(50)
    expect(question).to_contain_text("and 10 more")


def test_stopping(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """A run that is stopped begins nothing more, says so, and goes on when told."""
    page = signed_in("linus", allow=(404,))
    rows = [{**shop["rows"][0], "tag_id": 9_100_000 + n, "tag_name": f"t{n}"} for n in range(40)]
    held: list[Route] = []

    def hold(route: Route) -> None:
        if len(held) < 3:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/docker/tags/91*", hold)
    dialog = _menu(page, checked=rows)
    _entry(dialog, "On docker tags").click()
    page.get_by_role("button", name="Delete").click()
    done = page.get_by_role("dialog", name="Deleting 40 docker tags")
    done.get_by_role("button", name="Stop").click()
    for route in held:
        route.continue_()
    expect(done).to_contain_text("stopped, 37 not begun")
    done.get_by_role("button", name="Go on").click()
    expect(done).to_contain_text("40 of 40 done.")


def test_hostile_names(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """Names with markup in them are text in the question and in the list."""
    page = signed_in("linus", allow=(404,))
    name = "<img src=x onerror=alert(1)>"
    line = {**shop["rows"][0], "tag_id": 9_200_000, "tag_name": name}
    dialog = _menu(page, clicked=line)
    _entry(dialog, "On docker tags").click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_contain_text(name)
    page.get_by_role("button", name="Delete").click()
    done = page.get_by_role("dialog", name="Deleting")
    expect(done.get_by_role("listitem")).to_contain_text(name)
    expect(page.locator("dialog img")).to_have_count(0)


def test_from_the_table(signed_in: Visitors, shop: dict[str, Any]) -> None:
    """The actions of the table's toolbar act on the lines that are checked there."""
    page = signed_in("linus")
    repository = shop["repository"]["repository"]
    page.goto(f"/init/registry/registries?registries_f_repository_name={repository}")
    for tag in ("v1", "v2"):
        page.get_by_role("row", name=tag).get_by_role("checkbox").check()
    page.get_by_role("button", name="Actions 2").click()
    dialog = page.get_by_role("dialog", name="Actions")
    expect(_entry(dialog, "On docker tags")).to_contain_text("2 docker tags")
    _entry(dialog, "On docker tags").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    done = page.get_by_role("dialog", name="Deleting 2 docker tags")
    expect(done).to_contain_text("2 of 2 done.")
    done.get_by_text("Close", exact=True).click()
    expect(page.get_by_role("row", name="v3")).to_be_visible()
    expect(page.get_by_role("row", name="v1")).to_have_count(0)
