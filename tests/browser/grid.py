"""A table in a browser: its columns, its filters, its tools."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

SCREEN = "/init/registry/registries"


def only(registry: dict[str, Any], **more: str) -> str:
    """The address of the table of registries with the lines of one, and more of a view in it."""
    given = {"f_registry_id": registry["id"], **more}
    return f"{SCREEN}?" + "&".join(f"registries_{name}={value}" for name, value in given.items())


def opened(page: Page, address: str) -> Locator:
    """Go to a screen; its table, when its lines are there."""
    page.goto(address)
    return ready(page)


def ready(page: Page) -> Locator:
    """The table, when it has its lines."""
    table = page.locator("main table.table")
    expect(table).to_have_attribute("aria-busy", "false")
    return table


def cells(table: Locator, title: str) -> Locator:
    """The cells of a column, from above."""
    titles = table.locator("thead tr").first.locator("th").all_inner_texts()
    (place,) = [at for at, text in enumerate(titles, 1) if re.fullmatch(f"{title}\\s*\\d*", text)]
    return table.locator(f"tbody td:nth-child({place})")


def head(table: Locator, title: str) -> Locator:
    """The head of a column, whose button sorts."""
    button = table.page.get_by_role("button", name=re.compile(f"^{title}( \\d)?$"))
    return table.locator("th").filter(has=button)


def box(page: Page, title: str) -> Locator:
    """Where the filter of a column is typed."""
    return page.get_by_role("searchbox", name=f"Filter by {title}", exact=True)


def values(page: Page, title: str) -> Locator:
    """The dialog with the values of a column."""
    page.get_by_role("button", name=f"Values of {title}", exact=True).click()
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog.get_by_text("Counting…")).to_have_count(0)
    return dialog


def choose(page: Page, label: str) -> None:
    """Choose an entry of the menu View."""
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitem", name=label).click()


def titles(table: Locator) -> list[str]:
    """The heads of the columns that are shown."""
    return [text.strip() for text in table.locator(".table-head").all_inner_texts()]
