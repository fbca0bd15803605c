"""Personal tokens and the second factor in a browser: made, turned on, signed in with, off."""

from __future__ import annotations

import re
import time
from typing import Any

import pyotp
import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.site import API, Gui
from tests.browser.test_account import ACCOUNT, card, change, may, opened
from tests.browser.test_sign_in import OVERVIEW, SIGN_IN, _arrive, _fill
from tests.browser.visitors import Visitors


@pytest.fixture
def person(gui: Gui) -> dict[str, Any]:
    """Somebody of webdev who may pull and push, and change the own account."""
    privileges = ("DockerRegistriesPusher", "DockerRegistriesPuller", "SelfManager")
    return gui.make_user(groups=("webdev", *privileges))


def new_token(page: Page, name: str) -> Locator:
    """The dialog for a new personal token, with its name filled in."""
    card(page, "Personal tokens").get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New personal token")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill(name)
    return dialog


def shown(page: Page, name: str) -> str:
    """The token in the dialog that shows it once."""
    dialog = page.get_by_role("dialog", name=f"The token “{name}”")
    return dialog.get_by_label("token", exact=True).inner_text()


def token_status(gui: Gui, name: str, token: str, service: str) -> int:
    """What the token endpoint answers to docker login."""
    return requests.get(
        f"{gui.url}/init/registry/token", params={"service": service}, auth=(name, token),
        timeout=20,
    ).status_code


def test_a_token_for_everything(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """Made with a name and an end, shown once, good for docker and the API, until it is revoked."""
    page, registry = opened(signed_in, person), gui.make_registry()
    page.reload()
    label = 'my "job" <b>'
    dialog = new_token(page, label)
    dialog.get_by_label("Days until it ends").fill("7")
    assert axe.barriers(page) == []
    dialog.get_by_role("button", name="Make the token").click()
    token = shown(page, label)
    once = page.get_by_role("dialog", name=f"The token “{label}”")
    expect(once.get_by_label("login line", exact=True)).to_contain_text("docker login -u")
    expect(once.get_by_label("example", exact=True)).to_contain_text(f"Bearer {token}")
    assert axe.barriers(page) == []
    page.mouse.click(2, 2)  # beside the dialog: the token would be lost
    expect(once).to_be_visible()
    once.get_by_role("button", name="Done").click()
    line = card(page, "Personal tokens").get_by_role("listitem").filter(has_text=label)
    expect(line).to_contain_text(re.compile("never used, ends (in 6 days|next week)"))
    assert axe.barriers(page) == []
    assert token_status(gui, person["username"], token, registry["service"]) == 200
    page.reload()
    expect(line).to_contain_text("used just now from")
    expect(page.get_by_text(token)).to_have_count(0)
    line.get_by_role("button", name=f"Revoke {label}").click()
    question = page.get_by_role("dialog", name=f"Revoke “{label}”?")
    question.get_by_role("button", name="Cancel").click()
    expect(line).to_be_visible()
    line.get_by_role("button", name=f"Revoke {label}").click()
    question.get_by_role("button", name="Revoke", exact=True).click()
    expect(card(page, "Personal tokens")).to_contain_text("No personal tokens")
    assert token_status(gui, person["username"], token, registry["service"]) == 401


def test_a_token_with_limits(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """For reading, and for registries that are chosen; what the collector refuses is said."""
    here, there = gui.make_registry(), gui.make_registry()
    page = opened(signed_in, person, allow=(400, 409))
    dialog = new_token(page, "ci")
    dialog.get_by_label("For reading only").check()
    dialog.get_by_label("For some registries only").check()
    dialog.get_by_role("button", name="Make the token").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose at least one registry.")
    dialog.get_by_label(here["service"], exact=True).check()
    assert axe.barriers(page) == []
    dialog.get_by_label("Days until it ends").fill("5000")
    dialog.get_by_role("button", name="Make the token").click()
    expect(dialog.get_by_role("alert")).to_contain_text("days is from 1 to 365")
    dialog.get_by_label("Days until it ends").fill("30")
    dialog.get_by_role("button", name="Make the token").click()
    token = shown(page, "ci")
    once = page.get_by_role("dialog", name="The token “ci”")
    expect(once).to_contain_text("reads what you may read on these registries")
    expect(once.get_by_label("login line", exact=True)).to_contain_text(
        here["url"].removeprefix("https://")
    )
    once.get_by_role("button", name="Done").click()
    line = card(page, "Personal tokens").get_by_role("listitem").filter(has_text="ci")
    expect(line).to_contain_text("for reading")
    expect(line).to_contain_text(here["service"])
    name = person["username"]
    assert token_status(gui, name, token, here["service"]) == 200
    assert token_status(gui, name, token, there["service"]) == 401
    again = new_token(page, "ci")
    again.get_by_role("button", name="Make the token").click()
    expect(again.get_by_role("alert")).to_contain_text("already")


def turn_on(page: Page) -> tuple[str, list[str]]:
    """Turn the second factor on; the secret and the recovery codes."""
    card(page, "Second factor").get_by_role("button", name="Turn it on").click()
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    dialog = page.get_by_role("dialog", name="Add it to your authenticator")
    picture = dialog.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("(one) => one.complete && one.naturalWidth > 100")
    dialog.get_by_text("Or type it in").click()
    secret = dialog.get_by_label("secret", exact=True).inner_text().replace(" ", "")
    assert axe.barriers(page) == []
    field = dialog.get_by_label("The code that it shows now")
    field.fill("000000")
    dialog.get_by_role("button", name="Turn it on").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not the code of the moment")
    field.fill(pyotp.TOTP(secret).now())
    dialog.get_by_role("button", name="Turn it on").click()
    once = page.get_by_role("dialog", name="Recovery codes")
    codes = once.get_by_label("recovery codes", exact=True).inner_text().split()
    assert axe.barriers(page) == []
    once.get_by_role("button", name="Done").click()
    expect(card(page, "Second factor")).to_contain_text("10 recovery codes are left")
    return secret, codes


def test_second_factor(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """Turned on with a code, asked for at the sign-in, and turned off with a recovery code."""
    name = person["username"]
    other = gui.session(name, f"{name}-secret")
    page = opened(signed_in, person, allow=(400, 401, 403))
    secret, codes = turn_on(page)
    expect(card(page, "Sessions").get_by_role("listitem")).to_have_count(1)
    expect(card(page, "Get started with docker")).to_contain_text("give it a personal token")
    assert not may(gui, other)
    page.context.clear_cookies()
    page.goto(SIGN_IN)
    field = page.get_by_label("Code of your authenticator")
    expect(field).to_be_hidden()
    _fill(page, name, f"{name}-secret")
    expect(field).to_be_focused()
    assert field.get_attribute("autocomplete") == "one-time-code"
    assert field.get_attribute("inputmode") == "numeric"
    assert axe.barriers(page) == []
    field.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This code does not fit, or was used already.")
    page.keyboard.type(pyotp.TOTP(secret).at(int(time.time()), counter_offset=1))
    page.keyboard.press("Enter")
    _arrive(page, OVERVIEW)
    page.goto(ACCOUNT)
    second = card(page, "Second factor")
    second.get_by_role("button", name="Turn it off").click()
    dialog = page.get_by_role("dialog", name="Turn the second factor off?")
    dialog.get_by_label("Code").fill("000000")
    dialog.get_by_role("button", name="Turn it off").click()
    expect(dialog.get_by_role("alert")).to_contain_text("the code is wrong")
    assert axe.barriers(page) == []
    dialog.get_by_label("Code").fill(codes[0])
    dialog.get_by_role("button", name="Turn it off").click()
    expect(second.get_by_role("button", name="Turn it on")).to_be_visible()
    assert gui.session(name, f"{name}-secret")


def test_another_login_wants_no_code(
    gui: Gui, signed_in: Visitors, person: dict[str, Any]
) -> None:
    """The field for the code goes when another login is typed, whose password may be enough."""
    turn_on(opened(signed_in, person, allow=(400,)))
    page = signed_in.anonymous(allow=(401,))
    page.goto(SIGN_IN)
    _fill(page, person["username"], f"{person['username']}-secret")
    field = page.get_by_label("Code of your authenticator")
    expect(field).to_be_focused()
    page.get_by_label("E-mail address or username").fill("grace")
    expect(field).to_be_hidden()
    _fill(page, "grace", "grace-secret")
    _arrive(page, OVERVIEW)


def test_a_new_password(gui: Gui, signed_in: Visitors, person: dict[str, Any]) -> None:
    """After a new password a code is asked for, to go on with a session of it."""
    name = person["username"]
    page = opened(signed_in, person, allow=(400, 401))
    secret, codes = turn_on(page)
    change(page, f"{name}-secret", "entirely-new-secret", "entirely-new-secret")
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Code").fill(codes[0])
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The password is changed.").last).to_be_visible()
    expect(card(page, "Sessions").get_by_role("listitem")).to_have_count(1)
    answer = requests.post(
        f"{gui.url}{API}/session", json={"login": name, "password": "entirely-new-secret",
                                         "code": codes[1]}, timeout=20,
    )
    assert answer.status_code == 200
    assert secret not in answer.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(signed_in: Visitors, person: dict[str, Any], scheme: str) -> None:
    """The dialogs fit a phone, in both themes, and nothing in them is cut off."""
    page = opened(signed_in, person, width=360, height=640, scheme=scheme, allow=(400,))
    dialog = new_token(page, "phone")
    dialog.get_by_label("For some registries only").check()
    assert axe.barriers(page) == []
    for one in (dialog, page.locator("html")):
        assert one.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    dialog.get_by_role("button", name="Cancel").click()
    card(page, "Second factor").get_by_role("button", name="Turn it on").click()
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    dialog = page.get_by_role("dialog", name="Add it to your authenticator")
    dialog.get_by_text("Or type it in").click()
    assert axe.barriers(page) == []
    body = dialog.locator(".dialog-body")
    assert body.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    left = dialog.evaluate("(one) => one.scrollWidth - one.clientWidth")
    assert left <= 0
