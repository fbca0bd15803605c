"""Visitors: pages in browser contexts of their own, and whatever went wrong in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response

from tests.browser.site import SESSION, Gui

SECONDS = 20
_NO_SUCH = "Failed to load resource"


class Visitors:
    """Opens pages for one test, and notes faults: what a console, a page or the network says.

    ``signed_in("linus")`` is a page of linus, at no address yet: ``page.goto("/init/...")``.
    """

    def __init__(self, browser: Browser, gui: Gui) -> None:
        self._browser = browser
        self._gui = gui
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def __call__(self, name: str, password: str = "", **options: Any) -> Page:
        """A page of somebody who signed in; options as for ``anonymous``."""
        page = self.anonymous(**options)
        use_session(page, self._gui.session(name, password or f"{name}-secret"))
        return page

    def anonymous(
        self,
        allow: Iterable[int | str] = (),
        width: int = 1300,
        height: int = 900,
        scheme: str = "light",
        **options: Any,
    ) -> Page:
        """A page of nobody, in a fresh context.

        :param allow: what is no fault in this test: statuses of 400 and more, reasons why a
            request failed such as ``net::ERR_FAILED``.
        :param scheme: ``light`` or ``dark``, what the system prefers.
        :param options: others of Playwright's ``new_context``.
        """
        context = self._browser.new_context(
            base_url=self._gui.url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            extra_http_headers={"X-Forwarded-For": self._gui.address()},
            **options,
        )
        context.set_default_timeout(SECONDS * 1000)
        self._contexts.append(context)
        watch(context, self.faults, frozenset(allow))
        return context.new_page()

    def pages(self) -> list[Page]:
        """All pages that are open."""
        return [page for context in self._contexts for page in context.pages]

    def settle(self) -> None:
        """Hear what pages said up to now."""
        for page in self.pages():
            try:
                page.evaluate("() => 0")
            except Error as error:
                self.faults.append(f"the page is gone: {error.message}")

    def screenshots(self, folder: Path) -> list[str]:
        """Save what can be seen; the paths, each with its address."""
        told = []
        for number, page in enumerate(self.pages()):
            path = folder / f"page-{number}.png"
            try:
                page.screenshot(path=path)
                told.append(f"{path}: {page.url}")
            except Error as error:
                told.append(f"no screenshot of {page.url}: {error.message}")
        return told

    def close(self) -> None:
        """End all contexts."""
        for context in self._contexts:
            context.close()


def use_session(page: Page, value: str) -> None:
    """Have a session's cookie in the page's browser, as the server sets it."""
    cookie: Any = {"name": SESSION, "value": value, "domain": "127.0.0.1", "path": "/init"}
    cookie.update(httpOnly=True, sameSite="Lax")
    page.context.add_cookies([cookie])


def watch(context: BrowserContext, faults: list[str], allow: frozenset[int | str]) -> None:
    """Note errors of consoles and pages, dialogs, failed requests and bad statuses.

    Violations of the Content Security Policy and of Trusted Types are errors of the console.
    """

    def said(message: ConsoleMessage) -> None:
        # The same is told by the answer, with its status.
        if message.type in ("error", "warning") and not message.text.startswith(_NO_SUCH):
            faults.append(f"console: {message.text} ({message.location.get('url')})")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.status not in allow:
            faults.append(f"{response.status} for {response.request.method} {response.url}")

    def failed(request: Any) -> None:
        # Given up by the page itself, or by leaving it.
        if request.failure not in {"net::ERR_ABORTED", *allow}:
            faults.append(f"{request.failure} for {request.method} {request.url}")

    def asked(dialog: Any) -> None:
        faults.append(f"dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()

    context.on("console", said)
    context.on("weberror", lambda error: faults.append(f"page: {error.error}"))
    context.on("response", answered)
    context.on("requestfailed", failed)
    context.on("dialog", asked)
