"""The repository panel in a browser: where it is, and how things are deleted from it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

SCREEN = "/init/registry/registries"


def repository(page: Page, id_: int, section: str = "") -> Locator:
    """The panel of a repository, at one of its sections."""
    page.goto(f"{SCREEN}?panel=repository:{id_}{':' + section if section else ''}")
    return page.locator("dialog.panel")


def confirm(page: Page, what: str) -> None:
    """Say yes, wait for the end, close what tells of it."""
    question = page.get_by_role("dialog", name=f"Delete 1 {what}?")
    question.get_by_role("button", name="Delete").click()
    progress = page.get_by_role("dialog", name=f"Deleting 1 {what}")
    expect(progress.get_by_role("listitem").filter(has_text="done")).to_be_visible()
    progress.get_by_role("button", name="Close", exact=True).first.click()
