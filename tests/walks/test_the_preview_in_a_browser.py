"""`troth questionnaire preview` as its author has it: the page walks, jumps, shows the route, and shows itself again when the file changes."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.authoring.samples import BROKEN_AT, PACK
from tests.support.browser import DESKTOP, answering, axe, complaints, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser


def test_an_author_walks_jumps_and_sees_each_change_without_touching_the_page(
    visitor: BrowserContext, tmp_path: Path
) -> None:
    file = shutil.copytree(PACK, tmp_path / "pack") / "questionnaire.yaml"
    whole = file.read_text()
    page = visitor.new_page()
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    port = free_port()
    command = [sys.executable, "-m", "troth", "questionnaire", "preview", str(file), "--port", str(port)]
    with answering(command, port) as base, complaints(page) as heard:
        page.goto(base)
        expect(page.locator("h1")).to_contain_text("Welcome to the survey")
        assert axe(page) == []

        file.write_text(whole.replace("Welcome to the survey", "Hello to the survey"))
        expect(page.locator("h1")).to_contain_text("Hello to the survey")

        with page.expect_navigation():
            page.click("button[value=continue]")
        with page.expect_navigation():
            page.click("button[value=continue]")
        expect(page.locator(".govuk-error-summary")).to_be_visible()

        page.select_option("#jump-to", "unsafe")
        with page.expect_navigation():
            page.click("nav[data-changed] button")
        assert page.input_value("#jump-to") == "unsafe"
        assert axe(page) == []

        file.write_text(whole.replace("kind: single", "kind: sing", 1))
        expect(page.locator("h1")).to_have_text("The file does not load")
        expect(page.locator("main")).to_contain_text(f"questionnaire.yaml:{BROKEN_AT}")
        assert axe(page) == []
        file.write_text(whole)
        expect(page.locator("h1")).not_to_have_text("The file does not load")

        with page.expect_navigation():
            page.click("text=Route")
        drawn = page.locator("main img, img[src^='/route.svg']").first
        assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert re.search(r"/en/route$", page.url)
        assert axe(page) == []
        assert visitor.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert heard == []
