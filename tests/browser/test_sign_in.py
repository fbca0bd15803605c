"""Signing in and out: wrong passwords, locks, sessions that end, where it leads to, the theme."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import SESSION, Gui
from tests.browser.visitors import Visitors, use_session

SIGN_IN = "/init/default/user/login"
OVERVIEW = "/init/default/index"
LOG = "/init/log/log"


def _fill(page: Page, login: str, password: str) -> None:
    page.get_by_label("E-mail address or username").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _arrive(page: Page, address: str) -> None:
    page.wait_for_url(lambda url: _parts(url) == _parts(address))


def _parts(url: str) -> tuple[str, dict[str, list[str]]]:
    found = urlsplit(url)
    return found.path, parse_qs(found.query)


def _menu(page: Page, entry: str) -> None:
    page.locator("#user button").first.click()
    page.get_by_role("menuitem", name=entry).click()


def test_wrong_password(signed_in: Visitors) -> None:
    """A wrong password is told in words that do not say whether there is such a login."""
    page = signed_in.anonymous(allow=(401,))
    page.goto(SIGN_IN)
    expect(page.get_by_label("E-mail address or username")).to_be_focused()
    told = []
    for login in ("grace", "nobody-here"):
        _fill(page, login, "wrong")
        expect(page.get_by_role("alert")).to_be_visible()
        told.append(page.get_by_role("alert").inner_text())
        page.reload()
        expect(page.get_by_role("alert")).to_be_hidden()
    assert told == ["This login and password do not fit."] * 2
    assert page.context.cookies() == []


def test_second_try(gui: Gui, signed_in: Visitors) -> None:
    """After a wrong password the field is ready for another one, and Enter sends it."""
    page = signed_in.anonymous(allow=(401,))
    page.goto(f"{SIGN_IN}?_next={quote(LOG)}")
    _fill(page, "grace@example.org", "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    page.keyboard.type("grace-secret")
    page.keyboard.press("Enter")
    _arrive(page, LOG)
    (cookie,) = page.context.cookies()
    assert cookie["name"] == SESSION
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["path"] == "/init"


def test_the_password_is_in_no_address(signed_in: Visitors) -> None:
    """The sign-in page leaves the history, and no address has the password."""
    page = signed_in.anonymous()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("about:blank")
    page.goto(SIGN_IN)
    _fill(page, "grace", "grace-secret")
    _arrive(page, OVERVIEW)
    page.go_back()
    assert page.url == "about:blank"
    assert not [url for url in asked if "grace-secret" in url]


@pytest.mark.parametrize(
    "next_", ["https://evil.example/init/", "//evil.example/", "/\\evil.example", "javascript:1//"]
)
def test_other_hosts_are_not_followed(signed_in: Visitors, next_: str) -> None:
    """Whatever address a link to the sign-in names, after it comes a page of ours."""
    page = signed_in.anonymous()
    page.goto(f"{SIGN_IN}?_next={quote(next_, safe='')}")
    _fill(page, "grace", "grace-secret")
    _arrive(page, OVERVIEW)


def test_deep_link_of_a_stranger(gui: Gui, signed_in: Visitors) -> None:
    """A link opened without a session asks for the sign-in, then shows what the link names."""
    page = signed_in.anonymous()
    wanted = '/init/resinfo/resinfo?resinfo_f_res_value=%22a%22%26b&x=%C3%BC'
    page.goto(wanted)
    assert urlsplit(page.url).path == SIGN_IN
    _fill(page, "linus", "linus-secret")
    _arrive(page, wanted)


def test_expired_session(gui: Gui, signed_in: Visitors) -> None:
    """A session that is over leads to the sign-in, and from there back to the same address."""
    user = gui.make_user(groups=["webdev"])
    page = signed_in(user["username"], allow=(401,))
    page.goto(OVERVIEW)
    page.goto("about:blank")
    gui.change("UPDATE registry_sessions SET last_used = 0 WHERE user_id = ?", user["id"])
    page.goto(f"{LOG}?a=1")
    assert urlsplit(page.url).path == SIGN_IN
    _fill(page, user["username"], f"{user['username']}-secret")
    _arrive(page, f"{LOG}?a=1")


def test_session_that_ends_while_a_page_is_open(gui: Gui, signed_in: Visitors) -> None:
    """A page that is open asks for the sign-in by itself, and comes back."""
    user = gui.make_user(groups=["webdev", "DockerRegistriesPuller"])
    page = signed_in(user["username"], allow=(401,))
    page.goto(f"{OVERVIEW}?kept=1")
    gui.change("DELETE FROM registry_sessions WHERE user_id = ?", user["id"])
    gui.announce("docker_registries")  # whatever changes has it ask again
    _arrive(page, f"{SIGN_IN}?_next={OVERVIEW}%3Fkept%3D1")
    _fill(page, user["username"], f"{user['username']}-secret")
    _arrive(page, f"{OVERVIEW}?kept=1")


def test_sign_out(gui: Gui, signed_in: Visitors) -> None:
    """Signing out ends the session on the server, and back does not bring the page back."""
    page = signed_in("grace")
    page.goto(LOG)
    value = page.context.cookies()[0]["value"]
    _menu(page, "Sign out")
    _arrive(page, SIGN_IN)
    assert page.context.cookies() == []
    page.go_back()
    _arrive(page, f"{SIGN_IN}?_next={LOG}")
    use_session(page, value)
    page.goto(LOG)
    assert urlsplit(page.url).path == SIGN_IN


def test_blocked(gui: Gui, signed_in: Visitors) -> None:
    """A blocked account's session is over at once, and the sign-in says no more than to others."""
    user = gui.make_user(groups=["webdev"])
    page = signed_in(user["username"], allow=(401,))
    page.goto(LOG)
    page.goto("about:blank")
    gui.rest("POST", f"/users/{user['id']}/block", {})
    page.goto(LOG)
    assert urlsplit(page.url).path == SIGN_IN
    _fill(page, user["username"], f"{user['username']}-secret")
    expect(page.get_by_role("alert")).to_have_text("This login and password do not fit.")


def test_locked_out(gui: Gui, signed_in: Visitors) -> None:
    """After several wrong passwords the page says for how many seconds to wait."""
    user = gui.make_user()
    page = signed_in.anonymous(allow=(401, 429))
    page.goto(SIGN_IN)
    told, number = "", 0
    while "wrong passwords" not in told:  # a slow machine waits some seconds by itself
        assert number < 10, told
        number += 1
        _fill(page, user["username"], f"wrong-{number}")
        expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
        told = page.get_by_role("alert").inner_text()
    assert re.fullmatch(r"Too many wrong passwords\. Try again in \d+ seconds?\.", told)


def test_no_network(gui: Gui, signed_in: Visitors) -> None:
    """Without an answer the page says so, and another try goes on as if nothing was."""
    page = signed_in.anonymous(allow=("net::ERR_INTERNET_DISCONNECTED",))
    page.goto(SIGN_IN)
    page.context.set_offline(True)
    _fill(page, "grace", "grace-secret")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.context.set_offline(False)
    page.get_by_role("button", name="Sign in").click()
    _arrive(page, OVERVIEW)


def test_theme(signed_in: Visitors) -> None:
    """The theme somebody chose stays for all pages, the sign-in too; the system's comes back."""
    page = signed_in("grace", scheme="light")
    page.goto(OVERVIEW)
    root = page.locator("html")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    _menu(page, "Dark theme")
    expect(root).to_have_attribute("data-theme", "dark")
    for path in (LOG, SIGN_IN):
        page.goto(path)
        expect(root).to_have_attribute("data-theme", "dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    page.goto(OVERVIEW)
    _menu(page, "System theme")
    page.goto(LOG)
    expect(page.locator("html[data-theme]")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def test_user_menu_by_keyboard(signed_in: Visitors) -> None:
    """The menu opens, moves and closes by keys, and gives the focus back to its button."""
    page = signed_in("grace")
    page.goto(OVERVIEW)
    button = page.locator("#user button").first
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Account")).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    page.keyboard.press("d")
    expect(page.get_by_role("menuitem", name="Dark theme")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
