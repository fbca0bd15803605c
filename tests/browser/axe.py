"""axe-core over a page: what would keep somebody out."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

from tests.conftest import CHECKOUT

_SOURCE = CHECKOUT / "gui" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async ([place, rules]) => {
    const options = { resultTypes: ["violations"], preload: false };
    if (rules.length) options.runOnly = { type: "rule", values: rules };
    return (await axe.run(place, options)).violations;
}"""
_GRAVE = ("serious", "critical")


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe finds serious or critical by some rules, or all: the rule, and the elements.

    Where a dialog is open, all else is out of reach, and not looked at.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE.read_text())  # by the debugger: the page's policy allows no script
    place = "dialog[open]" if page.locator("dialog[open]").count() else "html"
    found: list[dict[str, Any]] = page.evaluate(_RUN, [place, list(rules)])
    return [_told(one) for one in found if one["impact"] in _GRAVE]


def twice(page: Page) -> list[str]:
    """The ids that more than one element has."""
    ids: list[str] = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    return sorted({one for one in ids if ids.count(one) > 1})


def too_wide(page: Page) -> str:
    """What sticks out of the window to the right, where the page can be scrolled there."""
    script = """() => {
        const room = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= room) return [];
        const out = (one) => one.getBoundingClientRect().right > room + 1;
        return [...document.querySelectorAll("body *")].filter(out).map(
            (one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`);
    }"""
    return json.dumps(page.evaluate(script)[:5])[1:-1]


def _told(one: dict[str, Any]) -> str:
    nodes = [f"{node['target'][-1]}: {node['failureSummary']}" for node in one["nodes"][:4]]
    return "\n  ".join([f"{one['impact']}: {one['id']} ({len(one['nodes'])})", *nodes])
