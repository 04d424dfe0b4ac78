"""Pictures of the pages stand in `docs/screens/`, on a phone and on a desk, taken from the real sites in a real browser.

`.venv/bin/python scripts/screenshots.py`. Each picture has at most 120 KB: its colours become a palette, which text survives.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.support.browser import DESKTOP, PHONE, chromium_arguments  # noqa: E402 - the repository's own, after its path
from tests.support.installation import served  # noqa: E402
from tests.walks.person import FINISH, MAIR, Person  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Browser, Page
    from tests.support.installation import Installation

OUT = ROOT / "docs" / "screens"
MOST_BYTES = 120 * 1024
TALLEST = 2400
SCREENS: Mapping[str, Mapping[str, int]] = {"phone": PHONE, "desktop": DESKTOP}


def picture(page: Page, screen: str, name: str) -> None:
    """The page as it stands is in the folder, whole, within its bytes."""
    page.evaluate("scrollTo(0, 0)")
    raw = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    raw = raw.crop((0, 0, raw.width, min(raw.height, TALLEST)))
    for colours in (128, 64, 32, 16):
        packed = io.BytesIO()
        raw.quantize(colours, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= MOST_BYTES:
            break
    else:
        raise SystemExit(f"screenshots: {name} is over {MOST_BYTES} bytes")
    (OUT / f"{screen}-{name}.png").write_bytes(packed.getvalue())
    print(f"{screen}-{name}.png {raw.width}x{raw.height} {packed.tell() // 1024} KB")


def walk(browser: Browser, place: Installation, screen: str) -> None:
    """One person from the code to the claim, photographed on the way."""
    context = browser.new_context(viewport=SCREENS[screen], reduced_motion="reduce")  # type: ignore[arg-type]
    mair = Person(context, place)
    page, code = mair.page, place.code()
    mair.go()
    picture(page, screen, "code")
    mair.enter("BBBB BBBB BBBB BBBC")
    picture(page, screen, "code-error")
    mair.enter(code)
    mair.until("Who could you talk to when you were worried?")
    picture(page, screen, "question")
    mair.continue_()
    picture(page, screen, "question-error")
    mair.pause("heulwen")
    mair.enter(code)
    picture(page, screen, "return")
    page.fill("#word", "heulwen")
    mair.press("Go on where I stopped")
    mair.until(FINISH, MAIR)
    picture(page, screen, "finish")
    page.get_by_role("button", name="Send my answers").click()
    page.wait_for_selector("input[data-troth-ticket=voucher]", state="attached")
    picture(page, screen, "tickets")
    with context.expect_page() as opened:
        page.get_by_role("button", name="Claim the thank-you voucher").click()
    opened.value.wait_for_selector("#name")
    picture(opened.value, screen, "claim-details")
    mair.go("support")
    picture(page, screen, "support")
    page.goto(f"{place.site('public')}/en/notice")
    picture(page, screen, "notice")
    page.goto(f"{place.site('respond')}/cy/")
    picture(page, screen, "code-welsh")
    context.close()


def beside(browser: Browser, place: Installation, screen: str) -> None:
    """What stands beside the questions."""
    context = browser.new_context(viewport=SCREENS[screen], reduced_motion="reduce")  # type: ignore[arg-type]
    mair = Person(context, place)
    page = mair.page
    for name in ("before", "support"):
        page.goto(f"{place.site('respond')}/cy/{name}")
        picture(page, screen, f"{name}-welsh")
    mair.beside = lambda name: picture(page, screen, name)
    mair.enter(place.code())
    mair.until("Where did you live before you were 16?")
    picture(page, screen, "new-part")
    mair.fill(MAIR)
    context.set_offline(True)
    page.click("button[value=continue]", no_wait_after=True)
    page.wait_for_selector("[data-troth-send] [role=alert]")
    picture(page, screen, "not-saved")
    context.set_offline(False)
    page.evaluate("document.querySelector('[data-troth-still]').showModal()")
    picture(page, screen, "still-there")
    page.evaluate("document.querySelector('[data-troth-still]').close()")
    mair.until("The next questions are about harder times", MAIR)
    for name in ("time", "away"):
        mair.go(name)
        picture(page, screen, name)
    context.close()


def main() -> None:
    """`docs/screens/` holds every picture."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        raise SystemExit("screenshots: Chromium is not here; run `make setup`")
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium_arguments())
        for screen in SCREENS:
            walk(browser, place, screen)
            beside(browser, place, screen)
        browser.close()


if __name__ == "__main__":
    main()
