"""The overview in a browser: figures, activity by day, refusals, sizes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.circles import OVERVIEW, Circle, card, circle, opened
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def mine(gui: Gui) -> Circle:
    """What only the test's own person sees."""
    return circle(gui)


def figure(page: Page, label: str) -> Locator:
    """A figure of those at the top."""
    return page.locator(".figures").get_by_role("link", name=label).locator("strong")


def test_figures(gui: Gui, signed_in: Visitors, mine: Circle) -> None:
    """What one sees is counted, and nothing else; new tags count within seconds."""
    repository = gui.make_repository(mine.registry["id"], tags=("one", "two"))
    page = opened(signed_in(mine.person))
    for label, count in (
        ("Registries", "1"), ("Repositories", "1"), ("Tags", "2"), ("Size", "24.0 MB"),
        ("Pulls", "0"),
    ):
        expect(figure(page, label)).to_have_text(count)
    gui.make_tag(repository["id"], "three")
    expect(figure(page, "Tags")).to_have_text("3")
    expect(figure(page, "Size")).to_have_text("36.0 MB")


def test_figures_lead_to_what_they_count(signed_in: Visitors) -> None:
    """A figure of what happened leads to the entries of the log that it counts."""
    page = opened(signed_in("root"))
    page.locator(".figures").get_by_role("link", name="Pushes").click()
    expect(page).to_have_url(re.compile("/init/log/log.*log_f_log_action=docker.push"))
    expect(page.locator("tbody tr").first).to_contain_text("docker.push")


def test_first_push(signed_in: Visitors, mine: Circle) -> None:
    """Where nothing happened yet stand the lines that push a first image."""
    page = opened(signed_in(mine.person))
    host = mine.registry["url"].replace("https://", "")
    activity = card(page, "Pulls and pushes by day")
    expect(activity).to_contain_text(f"docker login -u {mine.person}@example.org {host}")
    expect(activity).to_contain_text(re.compile(rf"docker push {host}/users/\d+/hello"))
    expect(activity).to_contain_text("To push, you need the privilege DockerRegistriesPusher")
    expect(card(page, "Biggest repositories")).to_contain_text("No sizes are known yet")
    expect(card(page, "Refused, by reason")).to_contain_text("No token was refused")


def test_activity(signed_in: Visitors) -> None:
    """Days have bars that the keyboard reaches and a screen reader reads, for the range chosen."""
    page = opened(signed_in("root"))
    chart = page.locator("svg[role=group]")
    bars = chart.get_by_role("img")
    expect(bars).to_have_count(14)
    name = re.compile(r"^\w+, \w+ \d+: \d+ pulls, \d+ pushes, \d+ refused$")
    expect(bars.last).to_have_accessible_name(name)
    pulls = int(figure(page, "Pulls").inner_text().replace(",", ""))
    assert pulls > 0
    days = page.get_by_role("group", name="Days")
    expect(days.get_by_role("button", pressed=True)).to_have_text("14 days")
    days.get_by_role("button", name="7 days").click()
    expect(bars).to_have_count(7)
    expect(days.get_by_role("button", pressed=True)).to_have_text("7 days")
    days.get_by_role("button", name="90 days").click()
    expect(bars).to_have_count(90)
    page.reload()
    expect(bars).to_have_count(90)


def said(bar: Locator) -> tuple[str, list[str]]:
    """The day and the numbers that a bar is read out with."""
    day, _, numbers = (bar.get_attribute("aria-label") or "").partition(": ")
    return day, re.findall(r"\d+", numbers)


def test_bars_by_keyboard(signed_in: Visitors) -> None:
    """Bars are one stop of the keyboard: arrows go from day to day, and each shows its numbers."""
    page = opened(signed_in("root"))
    bars = page.locator("svg[role=group]").get_by_role("img")
    tip = page.locator(".chart-tip")
    expect(bars).to_have_count(14)
    expect(tip).to_have_count(0)
    expect(page.locator("svg[role=group] [tabindex='0']")).to_have_count(1)
    bars.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(bars.nth(12)).to_be_focused()
    expect(page.locator("svg[role=group] [tabindex='0']")).to_have_count(1)
    day, numbers = said(bars.nth(12))
    expect(tip.locator("strong")).to_have_text(day)
    expect(tip.locator("b")).to_have_text(numbers)
    page.keyboard.press("Home")
    expect(bars.first).to_be_focused()
    expect(tip.locator("strong")).to_have_text(said(bars.first)[0])
    page.keyboard.press("ArrowLeft")
    expect(bars.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_bars_by_mouse(signed_in: Visitors) -> None:
    """The numbers of a day are shown beside its bars, within the picture, on a phone too."""
    page = opened(signed_in("root", width=390))
    bars = page.locator("svg[role=group]").get_by_role("img")
    for bar in (bars.first, bars.last):
        bar.hover()
        expect(page.locator(".chart-tip")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="7 days").hover()
    expect(page.locator(".chart-tip")).to_have_count(0)


def test_activity_as_a_table(signed_in: Visitors) -> None:
    """The bars are there as a table too, without barriers; its sums are the figures at the top."""
    page = opened(signed_in("root"))
    page.get_by_text("As a table").click()
    table = page.get_by_role("region", name="Pulls and pushes by day, as a table")
    expect(table.get_by_role("row")).to_have_count(15)
    page.locator("svg[role=group]").get_by_role("img").last.focus()
    expect(page.locator(".chart-tip")).to_be_visible()
    assert axe.barriers(page) == []
    for nth, label in enumerate(("Pulls", "Pushes", "Refused")):
        cells = table.locator(f"tbody td:nth-of-type({nth + 1})").all_inner_texts()
        expect(figure(page, label)).to_have_text(f"{sum(map(int, cells)):,}")


def test_the_range_chosen_last(signed_in: Visitors) -> None:
    """A question for a range chosen before is given up, so that no late answer takes its place."""
    page = opened(signed_in("root"))
    held: list[Any] = []
    page.route("**/docker/summary?days=7", lambda route: held.append(route))
    with page.expect_request("**/docker/summary?days=7"):
        page.get_by_role("button", name="7 days").click()
    with page.expect_event("requestfailed", lambda request: "days=7" in request.url):
        page.get_by_role("button", name="30 days").click()
    expect(page.locator("svg[role=group]").get_by_role("img")).to_have_count(30)
    expect(page.get_by_role("button", pressed=True)).to_have_text("30 days")


def test_refusals_lead_to_the_log(signed_in: Visitors) -> None:
    """Refusals are counted by reason, and each reason leads to the log that shows only it."""
    page = opened(signed_in("root"))
    refused = card(page, "Refused, by reason").get_by_role("listitem")
    sentence = "only the user it is named after uses this repository"
    count = refused.filter(has_text=sentence).locator(".ranking-value").inner_text()
    refused.get_by_role("link", name=sentence).click()
    expect(page).to_have_url(re.compile("/init/log/log.*log_f_log_level=warning"))
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text(sentence)
    expect(page.locator("main")).to_contain_text(re.compile(rf"\b{count}\b"))


def test_biggest(gui: Gui, signed_in: Visitors, mine: Circle) -> None:
    """The biggest repositories stand with their sizes, and open."""
    small = gui.make_repository(mine.registry["id"], "base/small")
    big = gui.make_repository(mine.registry["id"], "base/big")
    gui.make_tag(small["id"], "one", size=2_000_000)
    gui.make_tag(big["id"], "one", size=3_000_000_000)
    page = opened(signed_in(mine.person))
    items = card(page, "Biggest repositories").get_by_role("listitem")
    expect(items).to_contain_text(["base/big", "base/small"])
    expect(items).to_contain_text(["3.0 GB", "2.0 MB"])
    page.get_by_role("button", name="base/big").click()
    expect(page.get_by_role("dialog", name="base/big")).to_be_visible()


@pytest.mark.parametrize("privileges", [[], ["DockerRegistriesManager"]])
def test_nothing_yet(gui: Gui, signed_in: Visitors, privileges: list[str]) -> None:
    """Whose groups see no registry is told whom to ask, or how to declare one."""
    page = signed_in(gui.make_user(groups=privileges)["username"])
    page.goto(OVERVIEW)
    empty = page.locator("main .empty")
    if privileges:
        empty.get_by_role("button", name="Add a docker registry").click()
        expect(page.get_by_role("dialog")).to_be_visible()
    else:
        expect(empty).to_contain_text("Ask somebody with the privilege DockerRegistriesManager")


def test_no_answer(signed_in: Visitors) -> None:
    """A server that does not answer is told in words, and asked once more by a button."""
    page = signed_in("ada", allow=("net::ERR_FAILED",))
    page.route("**/docker/summary*", lambda route: route.abort())
    page.goto(OVERVIEW)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute("**/docker/summary*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("main .figures")).to_be_visible()


def test_no_answer_later(signed_in: Visitors) -> None:
    """Where an answer fails later, what was there stays, and the failure is told above it."""
    page = opened(signed_in("ada", allow=("net::ERR_FAILED",)))
    page.route("**/docker/summary*", lambda route: route.abort())
    page.get_by_role("button", name="7 days").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.locator("main .figures")).to_be_visible()
    page.unroute("**/docker/summary*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("svg[role=group]").get_by_role("img")).to_have_count(7)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(signed_in: Visitors, scheme: str) -> None:
    """The overview is not wider than a phone."""
    page = opened(signed_in("root", width=390, scheme=scheme))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
