"""The overview in a browser: the health of registries, and what to do."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.circles import Circle, card, circle, opened
from tests.browser.sections import crawl
from tests.browser.site import Gui
from tests.browser.visitors import Visitors


@pytest.fixture
def mine(gui: Gui) -> Circle:
    """What only the test's own person sees."""
    return circle(gui)


def test_health(gui: Gui, signed_in: Visitors, mine: Circle) -> None:
    """A registry that cannot be read says why, and when it is tried next; its panel opens."""
    soon = time.time() + 3600
    crawl(gui, mine.registry, failures=3, error="<b>the address</b> does not answer", next_run=soon)
    page = opened(signed_in(mine.person))
    health = card(page, "Health of registries")
    expect(health.get_by_role("listitem")).to_have_count(1)
    expect(health).to_contain_text("failing")
    expect(health).to_contain_text("<b>the address</b> does not answer.")
    expect(health).to_contain_text("Tried 3 times. The next try is")
    health.get_by_role("button", name=mine.registry["service"], exact=True).click()
    expect(page.get_by_role("dialog", name=mine.registry["service"])).to_be_visible()


@pytest.mark.parametrize(
    ("state", "word", "advice"),
    [
        ({}, "not seen yet", "Nothing was read of it yet"),
        ({"error": "base/x was not read"}, "incomplete", "base/x was not read. The rest was read"),
        ({"succeeded": -9000, "next_run": -8000}, "late", "Is the collector's scheduler on?"),
        ({"succeeded": -60}, "well", "It never told of a change: set up notifications."),
        ({"succeeded": -60, "hint_at": -30}, "well", "notifications come without the secret"),
        ({"succeeded": -60, "event_at": -7200}, "well", "Last notification 2 hours ago."),
    ],
)
def test_what_to_do(
    gui: Gui, signed_in: Visitors, mine: Circle,
    state: dict[str, Any], word: str, advice: str,
) -> None:
    """How a registry is stands in a word, and what to do about it in a sentence."""
    times = {name: time.time() + value for name, value in state.items() if name != "error"}
    crawl(gui, mine.registry, **{**state, **times})
    page = opened(signed_in(mine.person))
    health = card(page, "Health of registries")
    expect(health.locator(".badge")).to_have_text(word)
    expect(health).to_contain_text(advice)


def test_advice_leads_to_the_section(gui: Gui, signed_in: Visitors, mine: Circle) -> None:
    """What an advice is about opens in the registry's panel."""
    crawl(gui, mine.registry, succeeded=time.time() - 60)
    page = opened(signed_in(mine.person))
    page.get_by_role("button", name=f"set up notifications of {mine.registry['service']}").click()
    panel = page.get_by_role("dialog", name=mine.registry["service"])
    expect(panel.get_by_role("tab", selected=True)).to_have_text("Notifications")


def test_many_registries(gui: Gui, signed_in: Visitors, mine: Circle) -> None:
    """Of many registries those that ail come first, and the others when they are asked for."""
    made = [gui.make_registry(publications=(mine.group,)) for _ in range(9)]
    for one in (mine.registry, *made):
        crawl(gui, one, succeeded=time.time() - 60)
    crawl(gui, made[8], failures=1, error="no answer")
    health = card(opened(signed_in(mine.person)), "Health of registries")
    expect(health.get_by_role("listitem")).to_have_count(8)
    expect(health.get_by_role("listitem").first).to_contain_text(made[8]["service"])
    health.get_by_role("button", name="Show 2 more").click()
    expect(health.get_by_role("listitem")).to_have_count(10)
