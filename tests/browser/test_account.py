"""The account's page in a browser: who one is, password, identity tokens, sessions."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.site import API, SESSION, Gui
from tests.browser.visitors import Visitors

ACCOUNT = "/init/default/account"


@pytest.fixture
def person(gui: Gui) -> dict[str, Any]:
    """Somebody of webdev who may pull and push, and change the own account."""
    privileges = ("DockerRegistriesPusher", "DockerRegistriesPuller", "SelfManager")
    return gui.make_user(groups=("webdev", *privileges))


def card(page: Page, title: str) -> Locator:
    """A card of the page, by its heading."""
    return page.locator("section.card").filter(has=page.get_by_role("heading", name=title))


def opened(signed_in: Visitors, person: dict[str, Any], **options: Any) -> Page:
    """The page of somebody, when it stands."""
    page = signed_in(person["username"], **options)
    page.goto(ACCOUNT)
    expect(card(page, "Sessions").get_by_role("listitem").first).to_be_visible()
    return page


def may(gui: Gui, session: str) -> bool:
    """Whether a session still answers."""
    answer = requests.get(
        f"{gui.url}{API}/users/self", cookies={SESSION: session}, timeout=20
    )
    return answer.status_code == 200


def change(page: Page, old: str, new: str, again: str) -> None:
    """Fill in the form of the password, and send it."""
    for label, text in (
        ("Current password", old), ("New password", new), ("New password again", again),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Change the password").click()


def test_who_one_is(signed_in: Visitors, person: dict[str, Any]) -> None:
    """The page tells name, e-mail address, groups and privileges, and how docker logs in."""
    page = opened(signed_in, person)
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text(person["email"])
    primary = facts.locator("dt:text-is('Primary group') + dd")
    expect(primary).to_have_text("none")
    groups = facts.locator("dt:text-is('Groups') + dd .chip")
    expect(groups.filter(has_text="webdev")).to_have_count(1)
    expect(groups.filter(has_text="DockerRegistries")).to_have_count(0)
    privileges = facts.locator("dt:text-is('Privileges') + dd .chip")
    expect(privileges).to_have_text(
        ["DockerRegistriesPuller", "DockerRegistriesPusher", "SelfManager"]
    )
    lines = card(page, "Get started with docker")
    expect(lines).to_contain_text(f"docker login -u {person['username']} ")
    expect(lines).to_contain_text(f"/users/{person['id']}/hello")


def test_password(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """A new password keeps this page signed in, ends other sessions, and is what counts then."""
    name = person["username"]
    other = gui.session(name, f"{name}-secret")
    page = opened(signed_in, person)
    expect(card(page, "Sessions").get_by_role("listitem")).to_have_count(2)
    change(page, f"{name}-secret", "entirely-new-secret", "entirely-new-secret")
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    expect(card(page, "Sessions").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_label("Current password")).to_have_value("")
    assert not may(gui, other)
    assert gui.session(name, "entirely-new-secret")
    page.reload()
    expect(card(page, "Sessions")).to_contain_text("this one")


def test_wrong_password(signed_in: Visitors, person: dict[str, Any]) -> None:
    """A wrong current password, or a new one that differs, is told in words; nothing is changed."""
    page = opened(signed_in, person, allow=(400, 403))
    problem = card(page, "Password").get_by_role("alert")
    change(page, "wrong", "entirely-new-secret", "entirely-new-secret")
    expect(problem).to_contain_text(re.compile("password", re.IGNORECASE))
    change(page, f"{person['username']}-secret", "entirely-new-secret", "other-new-secret")
    expect(problem).to_have_text("The new password is not the same twice.")
    change(page, f"{person['username']}-secret", "entirely-new-secret", "entirely-new-secret")
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    expect(problem).to_be_empty()


def test_a_password_that_is_too_short(signed_in: Visitors, person: dict[str, Any]) -> None:
    """A new password that the collector does not take is told in words, at its field."""
    page = opened(signed_in, person, allow=(400,))
    change(page, f"{person['username']}-secret", "abc", "abc")
    expect(card(page, "Password").get_by_role("alert")).to_contain_text("a password has 4 to")
    expect(page.get_by_label("New password", exact=True)).to_be_focused()


def test_a_password_that_others_change(signed_in: Visitors) -> None:
    """Who may not change the own password is told why, and sees no form."""
    page = signed_in("ada")
    page.goto(ACCOUNT)
    password = card(page, "Password")
    expect(password).to_contain_text("This needs the privilege SelfManager or UserManager.")
    expect(password.locator("form")).to_have_count(0)


def test_primary_group(signed_in: Visitors) -> None:
    """The page tells the primary group."""
    page = signed_in("ada")
    page.goto(ACCOUNT)
    expect(page.locator("dt:text-is('Primary group') + dd")).to_have_text("webdev")


def test_docker_lines(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """The lines for docker are those of the registry that is chosen, which may be restricted."""
    registry = gui.make_registry(restricted=True)
    page = opened(signed_in, person)
    docker = card(page, "Get started with docker")
    expect(docker.locator(".notice")).to_have_count(0)
    docker.get_by_label("Registry").select_option(label=registry["service"])
    host = registry["url"].removeprefix("https://")
    expect(docker).to_contain_text(f"docker login -u {person['username']} {host}")
    expect(docker.locator(".notice")).to_contain_text("restricted")


def test_no_registry(gui: Gui, signed_in: Visitors) -> None:
    """Who sees no registry is told who can change that."""
    page = opened(signed_in, gui.make_user())
    expect(card(page, "Get started with docker")).to_contain_text("DockerRegistriesManager")


def test_token_of_a_registry(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """A token that docker got at login stands with its registry, and is revoked like others."""
    name = person["username"]
    registry = gui.make_registry()
    answer = requests.get(
        f"{gui.url}/init/registry/token",
        params={"service": registry["service"], "offline_token": "true", "client_id": "docker"},
        auth=(name, f"{name}-secret"), timeout=20,
    )
    assert answer.json()["refresh_token"]
    page = opened(signed_in, person)
    row = card(page, "Identity tokens").get_by_role("row").filter(has_text="docker")
    expect(row).to_contain_text(registry["service"])
    row.get_by_role("button", name=f"Revoke docker for {registry['service']}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(row).to_have_count(0)


def test_tokens(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """A token is made, shown once, good for the REST API, and no longer when it is revoked."""
    page = opened(signed_in, person)
    tokens = card(page, "Identity tokens")
    expect(tokens).to_contain_text("No tokens")
    label = 'my "script" <b>'
    tokens.get_by_role("textbox", name="What the token is for").fill(label)
    tokens.get_by_role("button", name="Make a token").click()
    dialog = page.get_by_role("dialog", name=f"The token “{label}”")
    token = dialog.get_by_label("token", exact=True).inner_text()
    expect(dialog.get_by_label("example", exact=True)).to_contain_text(f"Bearer {token}")
    assert axe.barriers(page) == []
    page.mouse.click(2, 2)  # beside the dialog: the token would be lost
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    row = tokens.get_by_role("row").filter(has_text=label)
    expect(row).to_contain_text("REST API")
    expect(row).to_contain_text("never")
    assert axe.barriers(page) == []
    expect(page.get_by_text(token)).to_have_count(0)
    assert self_by(gui, token) == 200
    page.reload()
    expect(row).to_be_visible()
    expect(page.get_by_text(token)).to_have_count(0)
    row.get_by_role("button", name=f"Revoke {label} for REST API").click()
    question = page.get_by_role("dialog", name=f"Revoke “{label}”?")
    question.get_by_role("button", name="Cancel").click()
    assert self_by(gui, token) == 200
    row.get_by_role("button", name=f"Revoke {label} for REST API").click()
    question.get_by_role("button", name="Revoke", exact=True).click()
    expect(tokens).to_contain_text("No tokens")
    assert self_by(gui, token) == 401


def self_by(gui: Gui, token: str) -> int:
    """What the REST API answers to a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{gui.url}{API}/users/self", headers=headers, timeout=20).status_code


def test_sessions(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """Sessions are told apart; another is ended by its button, all others by one."""
    name = person["username"]
    others = [gui.session(name, f"{name}-secret") for _ in range(3)]
    page = opened(signed_in, person)
    sessions = card(page, "Sessions").get_by_role("listitem")
    expect(sessions).to_have_count(4)
    expect(sessions.filter(has_text="this one")).to_have_count(1)
    expect(sessions.filter(has_text="this one").get_by_role("button")).to_have_count(0)
    card(page, "Sessions").get_by_role("button", name="End the session of").first.click()
    expect(sessions).to_have_count(3)
    assert sum(may(gui, other) for other in others) == 2
    page.get_by_role("button", name="End all others").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(sessions).to_have_count(3)
    page.get_by_role("button", name="End all others").click()
    page.get_by_role("dialog").get_by_role("button", name="End them").click()
    expect(sessions).to_have_count(1)
    expect(page.get_by_role("button", name="End all others")).to_have_count(0)
    assert not any(may(gui, other) for other in others)


def test_no_answer(signed_in: Visitors, person: dict[str, Any]) -> None:
    """A page whose questions fail says so; asked once more it is whole."""
    page = signed_in(person["username"], allow=("net::ERR_FAILED",))
    page.route("**/users/self/dump*", lambda route: route.abort())
    page.goto(ACCOUNT)
    expect(page.get_by_role("alert").first).to_contain_text("does not answer")
    page.unroute("**/users/self/dump*")
    page.get_by_role("button", name="Try again").click()
    expect(card(page, "Sessions").get_by_role("listitem")).to_have_count(1)
    expect(card(page, "Identity tokens")).to_contain_text("No tokens")


def test_on_a_phone(signed_in: Visitors, person: dict[str, Any]) -> None:
    """The page is not wider than a phone."""
    page = opened(signed_in, person, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
