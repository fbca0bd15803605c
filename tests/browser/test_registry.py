"""The panel of a registry: what it is, who has to do with it, deleting it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.sections import PAGE, section, value
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own; linus is responsible for it, ada and grace see it."""
    return gui.make_registry()


def test_properties_in_place(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A property is edited where it stands: Enter saves, and what the server stored is shown."""
    page = signed_in("linus")
    panel = section(page, registry, "properties")
    panel.get_by_role("button", name="Edit: Url").click()
    field = panel.get_by_role("textbox", name="Url")
    expect(field).to_be_focused()
    field.fill("https://other.example.org/")
    field.press("Enter")
    expect(field).to_be_hidden()
    stored = gui.rest("GET", f"/docker/registries/{registry['id']}")["data"][0]["url"]
    expect(value(panel, "Url")).to_contain_text(stored)
    expect(panel.get_by_role("button", name="Edit: Url")).to_be_focused()
    panel.get_by_role("switch", name="Restricted").click()
    expect(panel.get_by_role("switch", name="Restricted")).to_have_attribute("aria-checked", "true")
    assert gui.rest("GET", f"/docker/registries/{registry['id']}")["data"][0]["restricted"]


def test_placement(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """The switch of placement says what it does, stores it, and stays over a new start."""
    name = "Services in their place"
    page = signed_in("linus")
    switch = section(page, registry, "properties").get_by_role("switch", name=name)
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_have_accessible_description(re.compile("an instance of it, and from an addr"))
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    path = f"/docker/registries/{registry['id']}?props=placement"
    assert gui.rest("GET", path)["data"] == [{"placement": True}]
    page.reload()
    again = section(page, registry, "properties").get_by_role("switch", name=name)
    expect(again).to_have_attribute("aria-checked", "true")
    again.click()
    expect(again).to_have_attribute("aria-checked", "false")
    assert gui.rest("GET", path)["data"] == [{"placement": False}]


def test_escape_and_errors(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A refusal stays beside the field in words; Escape gives up the edit, not the panel."""
    page = signed_in("linus", allow=(400,))
    panel = section(page, registry, "properties")
    panel.get_by_role("button", name="Edit: Url").click()
    field = panel.get_by_role("textbox", name="Url")
    field.fill("no url")
    field.press("Enter")
    expect(value(panel, "Url").get_by_role("alert")).to_contain_text("url")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(value(panel, "Url")).to_contain_text(registry["url"])
    expect(panel).to_be_visible()


def test_without_the_right(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Who may not change a registry sees its properties locked, with the reason."""
    page = signed_in("ada")
    panel = section(page, registry, "properties")
    edit = panel.get_by_role("button", name="Edit: Url")
    expect(edit).to_have_attribute("aria-disabled", "true")
    expect(edit).to_have_attribute("title", re.compile("DockerRegistriesManager"))
    panel.get_by_role("tab", name="Notifications").click()
    expect(panel).to_contain_text("The secret and the configuration: This needs the privilege")
    panel.get_by_role("tab", name="Tools").click()
    expect(panel.get_by_role("button", name="Delete this registry…")).to_be_disabled()


def test_changes_of_others(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """What somebody else changes appears by itself, and what is being typed meanwhile stays."""
    page = signed_in("linus")
    panel = section(page, registry, "properties")
    panel.get_by_role("button", name="Edit: Service").click()
    panel.get_by_role("textbox", name="Service").fill("half-typed")
    url = "https://moved.example.org"
    gui.rest("POST", f"/docker/registries/{registry['id']}", {"url": url})
    expect(value(panel, "Url")).to_contain_text(url)
    expect(panel.get_by_role("textbox", name="Service")).to_have_value("half-typed")


def test_deleted_meanwhile(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A registry that somebody else renames or deletes is not shown as it was."""
    page = signed_in("linus", allow=(404,))  # what was on its way when it went
    section(page, registry, "notifications")
    service = f"{gui.unique('renamed')}.example.org"
    gui.rest("POST", f"/docker/registries/{registry['id']}", {"service": service})
    expect(page.get_by_role("dialog", name=service)).to_be_visible()
    gui.rest("DELETE", f"/docker/registries/{registry['id']}", {})
    expect(page.get_by_role("dialog")).to_contain_text("There is no such registry")


def test_not_responsible(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """The privilege alone changes nothing: a group of one's own has to be responsible."""
    path = f"/docker/registries/{registry['id']}/responsibles"
    gui.rest("POST", f"{path}/{gui.group('webdev')}", {})
    gui.rest("DELETE", f"{path}/{gui.group('Platform-Team')}", {})
    page = signed_in("linus")
    panel = section(page, registry, "properties")
    edit = panel.get_by_role("button", name="Edit: Url")
    edit.click(force=True)
    expect(value(panel, "Url").get_by_role("status")).to_contain_text("responsible")
    panel.get_by_role("tab", name="Access").click()
    expect(panel.get_by_role("combobox", name=re.compile("Add a group"))).to_have_count(0)
    expect(panel.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)


def test_on_a_phone(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """No section is wider than a phone, and the tab that is chosen can be seen."""
    page = signed_in("linus", width=390)
    panel = section(page, registry, "notifications")
    for name in ("Notifications", "Properties", "Access", "Discovery", "Tools"):
        panel.get_by_role("tab", name=name).click()
        expect(panel.get_by_role("tabpanel").locator(":scope > *").first).to_be_visible()
        expect(panel.get_by_role("tab", selected=True)).to_be_in_viewport(ratio=0.9)
        widths = panel.evaluate("(element) => [element.scrollWidth, element.clientWidth]")
        assert widths[0] <= widths[1], name


def test_tabs_by_keyboard(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Arrows move through the sections, and end at the other side."""
    page = signed_in("linus")
    panel = section(page, registry, "properties")
    panel.get_by_role("tab", name="Properties").focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Access")).to_be_focused()
    expect(panel.get_by_role("tabpanel", name="Access")).to_contain_text("Published to")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(panel.get_by_role("tab", name="Tools")).to_have_attribute("aria-selected", "true")


def test_publications(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Groups are found by typing, added by Enter, and removed again."""
    page = signed_in("root")
    role = gui.unique("team")
    gui.rest("POST", "/groups", {"role": role})
    panel = section(page, registry, "access")
    field = panel.get_by_role("combobox", name="Add a group to: Published to")
    field.fill(role)
    expect(panel.get_by_role("option", name=role)).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    remove = panel.get_by_role("button", name=f"Remove {role}")
    expect(remove).to_be_visible()
    remove.click()
    expect(remove).to_have_count(0)


def test_the_last_responsible(signed_in: Visitors, registry: dict[str, Any], gui: Gui) -> None:
    """The last responsible group can't be removed, and the panel says what to do first."""
    path = f"/docker/registries/{registry['id']}/responsibles"
    for group in gui.rest("GET", path)["data"]:
        if group["role"] != "Platform-Team":
            gui.rest("DELETE", f"{path}/{group['id']}", {})
    page = signed_in("linus", allow=(409,))
    panel = section(page, registry, "access")
    groups = panel.locator(".groups", has_text="Responsible")
    groups.get_by_role("button", name="Remove Platform-Team").click()
    expect(groups.get_by_role("alert")).to_contain_text("add another one first")
    expect(groups.get_by_role("button", name="Remove Platform-Team")).to_be_visible()


def test_why_not(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Who can push users/ada/x, and why not linus: an answer for each action, with its reason."""
    page = signed_in("linus")
    panel = section(page, registry, "access")
    panel.get_by_role("combobox", name="Repository").fill("users/ada/x")
    panel.get_by_role("button", name="Explain").click()
    expect(panel.get_by_text("push: no")).to_be_visible()
    expect(panel).to_contain_text("only the user it is named after uses this repository")
    panel.get_by_label("A user", exact=True).check()
    panel.get_by_role("combobox", name="User").fill("ada")
    panel.get_by_role("button", name="Explain").click()
    expect(panel.get_by_text("push: yes")).to_be_visible()
    panel.get_by_label("A service", exact=True).check()
    panel.get_by_role("combobox", name="Service").fill("store/web@n1.example.org")
    panel.get_by_role("button", name="Explain").click()
    expect(panel.get_by_role("heading", name="store/web and users/ada/x")).to_be_visible()


def _named(panel: Locator, name: str) -> None:
    """Type a repository, and leave the field: suggestions lie over what is below it."""
    field = panel.get_by_role("combobox", name="Repository")
    field.fill(name)
    field.press("Tab")


def test_who(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """All who may push to a repository that is not there yet are listed."""
    page = signed_in("linus")
    panel = section(page, registry, "access")
    _named(panel, "users/ada/new")
    panel.get_by_role("button", name="Who may push?").click()
    expect(panel.get_by_role("group", name="Users")).to_contain_text("Ada Byron")
    _named(panel, "apps/store/new")
    panel.get_by_role("button", name="Who may pull?").click()
    expect(panel.get_by_role("group", name="Services")).to_contain_text("store/web")
    _named(panel, "users/nobody-of-this-name/x")
    panel.get_by_role("button", name="Who may push?").click()
    expect(panel).to_contain_text("Nobody.")


def test_why_not_for_others(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Whoever is not responsible asks about herself only, and is told why."""
    page = signed_in("ada")
    panel = section(page, registry, "access")
    expect(panel.get_by_label("A user", exact=True)).to_be_disabled()
    panel.get_by_role("combobox", name="Repository").fill("base/x")
    panel.get_by_role("button", name="Explain").click()
    expect(panel.get_by_text("push: no")).to_be_visible()


def test_deleting(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Deleting a registry in its panel asks for its name, and closes the panel."""
    page = signed_in("linus")
    panel = section(page, registry, "tools")
    panel.get_by_role("button", name="Delete this registry…").click()
    page.get_by_label("to confirm").fill(registry["service"])
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Close", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not gui.rest("GET", f"/docker/registries/{registry['id']}")["data"]


def test_none(signed_in: Visitors) -> None:
    """A registry that is not there, or not to be seen, is told in words."""
    page = signed_in("grace")
    page.goto(f"{PAGE}?panel=registry:987654")
    expect(page.get_by_role("dialog")).to_contain_text("There is no such registry")
