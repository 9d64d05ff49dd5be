"""A console served in a thread of this process, and people who sign in to it with a real Chromium."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.e2e.console_samples import PASSWORD, SampleConsole

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window. Skips the test where there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(console: SampleConsole) -> Iterator[SampleConsole]:
    """Serve a console beside the test, which goes on in its own thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="console")
    thread.start()

    def run(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        run(console.server.start())
        yield console
        run(console.server.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        console.store.close()


@dataclass  # without slots: playwright keeps its own beside the handler
class Desk:
    """Where people sit down: one browser; what pages complain of and which hosts they ask is written down."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    contexts: list[BrowserContext] = field(default_factory=list)
    _signed_in: dict[tuple[str, str], Any] = field(default_factory=dict)

    def sit(self, console: SampleConsole, who: str | None, **options: Any) -> Page:
        """A page of the console in a browser of its own, signed in as `who`; at the start page."""
        address = console.server.address
        context = self.browser.new_context(
            storage_state=self._signed_in.get((address, who or "")),
            base_url=address,
            **({"viewport": {"width": 1440, "height": 900}} | options),
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8_000)
        page.on("console", self.complained)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.goto("/")
        if who is not None and (address, who) not in self._signed_in:
            page.fill("#name", who)
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_selector(".who")
            self._signed_in[address, who] = context.storage_state()
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]")
        return page

    def leave(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()

    def complained(self, message: ConsoleMessage) -> None:
        """Write down what the browser warns of."""
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location}")


def shot(page: Page, folder: Path, name: str) -> None:
    """Keep what the page looks like."""
    page.screenshot(path=folder / f"{name}.png")
