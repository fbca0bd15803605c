"""The search box of the header: by keyboard, by touch, for those who listen."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.site import Gui
from tests.browser.visitors import Visitors

SCREEN = "/init/default/account"


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry whose name nothing else has in its own."""
    return gui.make_registry(service=gui.unique("findme") + ".example.org")


def _box(page: Page) -> Locator:
    page.goto(SCREEN)
    return page.get_by_role("combobox", name="Search")


def _options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Found").get_by_role("option")


def _asked(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(request.url).query).items()}


def test_keys_that_lead_to_it(signed_in: Visitors) -> None:
    """A slash and Ctrl+K go to the box; in a field, a slash is a slash."""
    page = signed_in("linus")
    box = _box(page)
    for key in ("/", "Control+k"):
        page.locator("body").press(key)
        expect(box).to_be_focused()
        page.keyboard.press("Escape")
        box.blur()
    box.press("/")
    expect(box).to_have_value("/")


def test_the_box_teaches(signed_in: Visitors) -> None:
    """An empty box says what can be found, and how to look in docker only."""
    page = signed_in("linus")
    _box(page).click()
    expect(page.get_by_text("A part of a name finds")).to_be_visible()
    expect(page.get_by_text("docker: web", exact=True)).to_be_visible()


def test_results_are_grouped_and_marked(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Results are in groups with totals, what was typed is marked, and how many is told."""
    word = registry["service"].removesuffix(".example.org")
    for name in ("shop", "wiki"):
        gui.make_repository(registry["id"], f"base/{word}-{name}")
    page = signed_in("linus")
    _box(page).fill(word.upper())
    groups = page.get_by_role("listbox").get_by_role("group")
    expect(groups).to_have_count(2)
    expect(groups.nth(0)).to_contain_text("Registries 1")
    expect(groups.nth(1)).to_contain_text("Repositories 2")
    marked = groups.nth(1).get_by_role("option").first.locator("mark")
    expect(marked).to_have_text(word)
    heard = page.get_by_role("status").filter(has_text="3 found: 1 registry, 2 repositories.")
    expect(heard).to_be_attached()


def test_docker_only(gui: Gui, signed_in: Visitors) -> None:
    """The word docker: before a text, or the button, looks for registries and repositories only."""
    page = signed_in("linus")
    box = _box(page)
    with page.expect_request("**/search?**") as first:
        box.fill("docker: example")
    assert _asked(first.value) == {"substring": "example", "in": "docker", "limit": "10"}
    docker = page.get_by_role("button", name="Docker", exact=True)
    expect(docker).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("group", name=re.compile("Registries"))).to_be_visible()
    expect(page.get_by_role("group", name=re.compile("Users"))).to_have_count(0)
    page.get_by_role("button", name="All", exact=True).click()
    expect(box).to_have_value("example")
    expect(page.get_by_role("group", name=re.compile("Users"))).to_be_visible()
    docker.click()
    expect(box).to_have_value("docker: example")
    expect(box).to_be_focused()
    expect(page.get_by_role("group", name=re.compile("Users"))).to_have_count(0)


def test_arrows_choose_and_enter_opens(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """Arrows go round through the results, and Enter opens the one that is chosen."""
    word = registry["service"].removesuffix(".example.org")
    one = gui.make_repository(registry["id"], f"base/{word}")
    page = signed_in("linus")
    box = _box(page)
    box.fill(word)
    expect(_options(page)).to_have_count(2)
    for key, at in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", 0), ("ArrowUp", 1)):
        box.press(key)
        chosen = _options(page).nth(at)
        expect(chosen).to_have_attribute("aria-selected", "true")
        expect(box).to_have_attribute(
            "aria-activedescendant", str(chosen.get_attribute("id"))
        )
    box.press("Enter")
    expect(page).to_have_url(re.compile(f"panel=repository%3A{one['id']}$"))
    expect(page.locator("dialog.panel")).to_contain_text(one["repository"])
    expect(box).to_have_attribute("aria-expanded", "false")


def test_the_only_result_opens_at_once(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Enter behind a text that one thing has opens it, even before the answer is there."""
    page = signed_in("linus")
    box = _box(page)
    box.fill(registry["service"])
    box.press("Enter")
    expect(page).to_have_url(re.compile(f"panel=registry%3A{registry['id']}$"))


def test_more_of_one_kind(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """The last line of a long group shows more of it, and of nothing else."""
    word = registry["service"].removesuffix(".example.org")
    for number in range(12):
        gui.make_repository(registry["id"], f"base/{word}-{number:02}")
    page = signed_in("linus")
    box = _box(page)
    box.fill(word)
    more = _options(page).filter(has_text="more… (12 in all)")
    expect(more).to_be_visible()
    with page.expect_request("**/search?**") as asked:
        more.click()
    assert _asked(asked.value) == {"substring": word, "in": "docker_repository", "limit": "200"}
    expect(_options(page)).to_have_count(12)
    expect(box).to_have_value(f"docker_repository: {word}")


def test_people_groups_and_applications(signed_in: Visitors) -> None:
    """Who and what is no docker object opens a card with what one may know of it."""
    page = signed_in("root")
    box = _box(page)
    for text, title, inside in (
        ("user: grace", "Grace Hall", "grace@example.org"),
        ("group: webdev", "webdev", "Responsible for applications"),
        ("priv: DockerRegistriesPuller", "DockerRegistriesPuller", "A privilege"),
        ("app: billing", "billing", "Responsible groups"),
    ):
        box.fill(text)
        _options(page).filter(has_text=title).first.click()
        card = page.get_by_role("dialog", name=title)
        expect(card).to_contain_text(inside)
        page.keyboard.press("Escape")
        expect(card).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "name", "query"),
    [
        ("svc: billing", "billing/ledger", "resinfo_f_svcname=billing%2Fledger"),
        ("node: n2", "n2.example.org", "resinfo_f_nodename=n2.example.org"),
    ],
)
def test_services_and_nodes(signed_in: Visitors, text: str, name: str, query: str) -> None:
    """A service and a node lead to what they report of their resources."""
    page = signed_in("root")
    box = _box(page)
    box.fill(text)
    expect(_options(page).filter(has_text=name)).to_be_visible()
    box.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(f"/init/resinfo/resinfo?{query}")))


def test_escape(signed_in: Visitors) -> None:
    """Escape closes the results, and then clears the box."""
    page = signed_in("linus")
    box = _box(page)
    box.fill("example")
    expect(_options(page).first).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("example")
    box.press("ArrowDown")
    expect(_options(page).first).to_be_visible()
    page.locator("h1").first.dispatch_event("mousedown")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("Escape")
    expect(box).to_have_value("")


def test_nothing_found_and_errors_in_words(signed_in: Visitors) -> None:
    """No result, and a refusal of the server, are told in words."""
    page = signed_in("linus", allow=(400,))
    box = _box(page)
    box.fill("<b>no such thing</b>")
    told = page.get_by_text("Nothing that you see has “<b>no such thing</b>” in its name.")
    expect(told).to_be_visible()
    box.fill("x" * 256)
    expect(page.get_by_role("alert")).to_contain_text("more than 255 characters")


def test_an_answer_that_comes_late_is_not_shown(
    signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """An answer to what was typed before does not take the place of a newer one."""
    page = signed_in("linus")
    box = _box(page)
    held: list[Any] = []
    page.route(re.compile("substring=linus&"), lambda route: held.append(route))
    with page.expect_request(re.compile("substring=linus&")):
        box.fill("linus")
    box.fill(registry["service"])
    expect(_options(page)).to_have_count(1)
    (late,) = held
    late.continue_()
    page.evaluate("() => fetch('/init/rest/api/search?substring=root').then((one) => one.json())")
    expect(_options(page)).to_have_count(1)
    expect(_options(page)).to_contain_text(registry["service"])


def test_hostile_names_stay_text(gui: Gui, signed_in: Visitors) -> None:
    """Markup and signs of regular expressions in names and in what is typed are only text."""
    word = gui.unique("hostile")
    first = f"<img src=x onerror=alert(1)>(.*)[{word}"
    gui.make_user(word, groups=["Platform-Team"], first_name=first, last_name="$&")
    page = signed_in("linus", width=390)
    _box(page).fill(f"user: (.*)[{word}")
    expect(_options(page)).to_have_count(1)
    expect(_options(page).locator("mark").first).to_have_text(f"(.*)[{word}")
    expect(_options(page)).to_contain_text(f"{first} $&")
    results = page.locator(".search-results")
    assert results.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    _options(page).click()
    card = page.get_by_role("dialog")
    expect(card.get_by_role("heading", level=2)).to_have_text(f"{first} $&")
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_on_a_phone(signed_in: Visitors) -> None:
    """On a phone the results are as wide as the screen, and no wider."""
    page = signed_in("linus", width=390)
    _box(page).fill("example")
    expect(_options(page).first).to_be_visible()
    results = page.locator(".search-results").bounding_box()
    assert results is not None
    assert results["x"] >= 0
    assert 360 < results["width"] <= 390


def test_not_behind_a_dialog(signed_in: Visitors, registry: dict[str, Any]) -> None:
    """While a panel is open its keys don't lead to what is behind it."""
    page = signed_in("linus")
    page.goto(f"/init/registry/registries?panel=registry:{registry['id']}")
    expect(page.locator("dialog.panel")).to_contain_text(registry["service"])
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search", include_hidden=True)).not_to_be_focused()
