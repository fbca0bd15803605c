"""The repository panel: what is said of it, who pulls and pushes, its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.sheets import confirm, repository
from tests.browser.site import Gui
from tests.browser.visitors import Visitors
from tests.unit.remote.stub import StubRegistry

HOSTILE = '<img src=x onerror=alert(1)> ${1} & "quotes"'


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry for which linus is responsible, published to all."""
    return gui.make_registry()


@pytest.fixture
def stub() -> Iterator[StubRegistry]:
    """A registry that can be deleted from."""
    with StubRegistry() as running:
        yield running


def _property(panel: Locator, label: str) -> Locator:
    return panel.locator(".property").filter(has=panel.page.locator("dt", has_text=label))


def _stored(gui: Gui, id_: int) -> dict[str, Any]:
    return dict(gui.rest("GET", f"/docker/repositories/{id_}")["data"][0])


def test_properties(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """The panel's title is the image's place, its registry opens the registry's panel."""
    one = gui.make_repository(registry["id"], tags=["latest"], stars=4, official=True)
    page = signed_in("linus")
    panel = repository(page, one["id"])
    host = registry["url"].removeprefix("https://")
    expect(panel.get_by_role("heading", level=2)).to_have_text(f"{host}/{one['repository']}")
    expect(_property(panel, "Stars")).to_contain_text("4")
    expect(panel.get_by_role("switch", name="Official")).to_have_attribute("aria-checked", "true")
    panel.get_by_role("button", name=registry["service"]).click()
    expect(page).to_have_url(re.compile(f"panel=registry%3A{registry['id']}$"))
    page.go_back()
    expect(panel.get_by_role("heading", level=2)).to_contain_text(one["repository"])


def test_properties_are_edited_in_place(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Who may push edits description, stars and flags; what is stored is shown, as text."""
    one = gui.make_repository(registry["id"], tags=["latest"])
    panel = repository(signed_in("linus"), one["id"])
    panel.get_by_role("button", name="Edit: Description").click()
    panel.get_by_role("textbox", name="Description").fill(HOSTILE)
    panel.get_by_role("button", name="Save").click()
    expect(_property(panel, "Description")).to_contain_text(HOSTILE)
    panel.get_by_role("button", name="Edit: Stars").click()
    panel.get_by_role("textbox", name="Stars").fill("many")
    panel.get_by_role("textbox", name="Stars").press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("whole number")
    panel.get_by_role("textbox", name="Stars").fill("12")
    panel.get_by_role("textbox", name="Stars").press("Enter")
    expect(_property(panel, "Stars")).to_contain_text("12")
    panel.get_by_role("switch", name="Automated").click()
    expect(panel.get_by_role("switch", name="Automated")).to_have_attribute("aria-checked", "true")
    stored = _stored(gui, one["id"])
    found = (stored["description"], stored["stars"], stored["automated"])
    assert found == (HOSTILE, 12, True)


@pytest.mark.parametrize(
    ("privileges", "reason"),
    [
        (("DockerRegistriesPuller",), "DockerRegistriesPusher"),
        (("DockerRegistriesPuller", "DockerRegistriesManager"), "DockerRegistriesPusher"),
        (("DockerRegistriesPuller", "DockerRegistriesPusher"), "responsible"),
    ],
)
def test_who_may_not_push_may_not_edit(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any], privileges: list[str], reason: str
) -> None:
    """Editing is for whom the server lets edit: who may push; others see why not."""
    one = gui.make_repository(registry["id"], tags=["latest"])
    person = gui.make_user(groups=["audit", *privileges])
    panel = repository(signed_in(person["username"]), one["id"])
    edit = panel.get_by_role("button", name="Edit: Description")
    expect(edit).to_have_attribute("aria-disabled", "true")
    edit.press("Enter")
    expect(panel.get_by_role("status").filter(has_text=reason)).to_be_visible()
    expect(panel.get_by_role("switch", name="Official")).to_have_attribute("aria-disabled", "true")


def test_a_repository_is_deleted(gui: Gui, signed_in: Visitors, stub: StubRegistry) -> None:
    """Who is responsible deletes the repository, and its panel closes."""
    registry = gui.make_registry(url=stub.url, insecure=True)
    one = gui.make_repository(registry["id"], tags=["v1"])
    stub.content.push(one["repository"], "v1")
    page = signed_in("linus", allow=(404,))
    panel = repository(page, one["id"], "tools")
    panel.get_by_role("button", name="Delete this repository").click()
    confirm(page, "docker repository")
    expect(panel).to_have_count(0)
    assert gui.rest("GET", f"/docker/repositories/{one['id']}")["data"] == []


def test_who_pulls_and_pushes(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Users, groups and services are listed and filtered; a name opens a card, and leads on."""
    one = gui.make_repository(registry["id"], tags=["v1"])
    page = signed_in("linus")
    panel = repository(page, one["id"], "parties")
    pullers = panel.locator(".party-side").filter(has_text="Pullers")
    pushers = panel.locator(".party-side").filter(has_text="Pushers")
    expect(pullers.get_by_role("link", name="store/web")).to_have_attribute(
        "href", "/init/resinfo/resinfo?resinfo_f_svcname=store%2Fweb"
    )
    expect(pushers.get_by_role("button", name="Platform-Team")).to_be_visible()
    expect(pushers.get_by_role("button", name="webdev")).to_have_count(0)
    panel.get_by_role("searchbox").fill("linus")
    expect(pullers.get_by_role("button", name="Rosa Ott")).to_have_count(0)
    pullers.get_by_role("button", name="Linus Larsen").click()
    card = page.locator("dialog:not(.panel)")
    expect(card).to_contain_text("linus@example.org")
    card.get_by_role("button", name="Platform-Team").click()
    expect(card.get_by_role("heading", level=2)).to_have_text("Platform-Team")
    card.get_by_role("button", name="Back").click()
    expect(card.get_by_role("heading", level=2)).to_have_text("Linus Larsen")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(panel).to_be_visible()


def test_long_lists_are_folded(gui: Gui, signed_in: Visitors) -> None:
    """Of many services some are shown, the others when they are asked for."""
    app = gui.unique("app")
    id_ = gui.rest("POST", "/apps", {"app": app})["data"][0]["id"]
    gui.rest("POST", f"/apps/{id_}/publications/{gui.group('webdev')}", {})
    for number in range(40):
        uuid = f"{id_:08x}-0000-4000-a000-{number:012x}"
        gui.insert("services", dates=("updated",), svc_id=uuid, svc_app=app, svcname=f"s{number}")
    registry = gui.make_registry(publications=["webdev"])
    one = gui.make_repository(registry["id"], f"apps/{app}/web", tags=["v1"])
    panel = repository(signed_in("root"), one["id"], "parties")
    chips = panel.get_by_role("link", name=re.compile("^s[0-9]+$"))
    expect(chips).to_have_count(24)
    panel.get_by_role("button", name="Show all 40 services").click()
    expect(chips).to_have_count(40)


def test_changes_appear_by_themselves(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """An open panel shows a new tag, and a changed description, without being asked."""
    one = gui.make_repository(registry["id"], tags=["v1"])
    panel = repository(signed_in("linus"), one["id"], "tags")
    lines = panel.get_by_role("list", name="Tags").get_by_role("listitem")
    expect(lines).to_have_count(1)
    gui.make_tag(one["id"], "v2")
    expect(lines).to_have_count(2)
    panel.get_by_role("tab", name="Properties").click()
    body = {"description": "changed elsewhere"}
    gui.rest("POST", f"/docker/repositories/{one['id']}", body)
    expect(_property(panel, "Description")).to_contain_text("changed elsewhere")


def test_a_repository_that_goes_away(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """A panel whose repository is deleted by somebody else says so."""
    one = gui.make_repository(registry["id"])
    panel = repository(signed_in("linus"), one["id"])
    expect(_property(panel, "Name")).to_be_visible()
    gui.change("DELETE FROM docker_repositories WHERE id = ?", one["id"])
    gui.announce("docker_repositories")
    expect(panel.get_by_text("There is no such repository.")).to_be_visible()
    panel.get_by_role("button", name="Close", exact=True).last.click()
    expect(panel).to_have_count(0)


def test_a_repository_that_one_may_not_see(gui: Gui, signed_in: Visitors) -> None:
    """A panel tells nothing of a repository that one sees no more than one that is not there."""
    registry = gui.make_registry(publications=["audit"], responsibles=["audit"])
    one = gui.make_repository(registry["id"], tags=["v1"])
    page = signed_in("ada")
    for id_ in (one["id"], 999_999):
        expect(repository(page, id_).get_by_text("There is no such repository.")).to_be_visible()


def test_the_deep_link(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """The link that the panel gives leads back to it."""
    one = gui.make_repository(registry["id"], tags=["v1"])
    page = signed_in("linus")
    panel = repository(page, one["id"], "tools")
    link = panel.get_by_label("link", exact=True).inner_text()
    page.goto(link)
    expect(panel.get_by_role("heading", level=2)).to_contain_text(one["repository"])


def test_hostile_texts_on_a_phone(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Markup in names and descriptions stays text, and long ones don't widen a phone's page."""
    one = gui.make_repository(registry["id"], description=HOSTILE + "x" * 200)
    gui.make_tag(one["id"], "a" * 128, pushed_at=1_700_000_000.0, pushed_by=HOSTILE + "y" * 100)
    page = signed_in("linus", width=390)
    panel = repository(page, one["id"])
    expect(_property(panel, "Description")).to_contain_text(HOSTILE)
    for tab in ("Properties", "Tags", "Pullers and pushers", "Tools"):
        panel.get_by_role("tab", name=tab).click()
        expect(panel.get_by_role("tabpanel")).not_to_be_empty()
        assert panel.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    panel.get_by_role("tab", name="Tags").click()
    expect(panel.get_by_role("list", name="Tags")).to_contain_text(HOSTILE)
    expect(panel.locator("img")).to_have_count(0)
