"""Somebody in front of a browser: types a code, answers pages by what stands on them, pauses, comes back.

The cast: Mair answers, Gethin holds her letter, Sam shares the device.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.sync_api import BrowserContext, Page, Response, SetCookieParam
    from tests.support.installation import Installation

Answers = dict[str, str | list[str]]

MAIR: Answers = {
    "adults": "carers", "age": "from_eighteen", "homes": "3", "places": ["foster_home", "relatives"], "schools": "2",
    "school_moves": "1", "school_safety": "sometimes", "home_safety": "rarely", "trusted": ["helpline", "friend"],
    "go_on": "answer", "unsafe": "more", "ways": ["words", "online"], "told": "tried", "today": "mostly",
    "ideas": "Zebras who listen",
}  # fmt: skip
"""Takes every page there is; the free text is found nowhere by chance."""
QUIET: Answers = {
    "adults": "parents", "age": "from_sixteen", "homes": "1", "places": ["family_home"], "schools": "0", "school_moves": "0",
    "home_safety": "always", "trusted": ["nobody"], "go_on": "leave_out", "today": "always",
}  # fmt: skip
"""Takes the shortest way: no school, nothing of the harder times."""

WELCOME = "Welcome to the survey about safety during childhood"
ADULTS = "Which words should we use for the adults who looked after you?"
AGE = "How old are you now?"
HOMES = "Where did you live before you were 16?"
SCHOOLS = "Which schools did you go to before you were 16?"
TRUSTED = "Who could you talk to when you were worried?"
TODAY = "How safe do you feel in your life today?"
IDEAS = "What would help children to feel safe?"
BEFORE = "Before you start"
BETWEEN = "A moment before the next part"
CODE = "Enter the code from your letter"
RETURN = "Welcome back"
PAUSED = "You have paused"
FINISH = "Send your answers"
SENT = "Thank you. Your answers are sent"


class Person:
    """One browser context, one page of it, and the sites of one installation."""

    def __init__(self, context: BrowserContext, place: Installation, language: str = "en") -> None:
        self.context = context
        self.place = place
        self.base = place.site("respond")
        self.language = language
        self.page: Page = context.new_page()
        self.seen: list[str] = []
        """The source of every page of the survey, in order."""
        self.beside: Callable[[str], None] = lambda _: None
        """Looks at the page before the first question and at the break before the hard part, before they are gone through."""

    def go(self, path: str = "") -> Response | None:
        """Types the address of a page of the respond site."""
        return self.page.goto(f"{self.base}/{self.language}/{path}")

    def at(self) -> str:
        """The page's heading."""
        return self.page.locator("h1").inner_text()

    def press(self, words: str) -> None:
        """Presses the button with these words and waits for what comes."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).click()

    def tap(self, selector: str) -> None:
        """Clicks that and waits for what comes: a click alone may come back before the next page stands there."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def enter(self, code: str, *, go: bool = True) -> str:
        """Types the code; gives the heading of where it leads."""
        if go:
            self.go()
        self.page.fill("#code", code)
        self.press("Continue" if self.language == "en" else "Parhau")
        self.through()
        return self.at()

    def through(self) -> None:
        """Past a page that stands beside the questions: reads, and goes on without a pause word."""
        name = self.page.url.rpartition("/")[2]
        if name in {"before", "between"}:
            self.beside(name)
            self.tap({"before": "main a[role=button]", "between": "button[value=skip]"}[name])

    def fill(self, answers: Mapping[str, str | list[str]]) -> None:
        """Answers what stands on this page; what is not in `answers` is preferred not to be said."""
        fields = self.page.locator("main form input:not([type=hidden]), main form textarea").evaluate_all(
            "all => [...new Map(all.map(e => [e.name, e.type])).entries()]"
        )
        for name, kind in fields:
            known = answers.get(name)
            if kind in {"radio", "checkbox"}:
                if name.endswith("-missing"):
                    if name.removesuffix("-missing") not in answers:
                        self.page.check(f"[name='{name}'][value='prefer-not-to-say']")
                    continue
                for value in [known] if isinstance(known, str) else known or ["prefer-not-to-say"]:
                    self.page.check(f"[name='{name}'][value='{value}']")
            elif isinstance(known, str):
                self.page.fill(f"[name='{name}']", known)

    def continue_(self) -> None:
        """Presses Continue."""
        self.tap("button.troth-continue")
        if self.page.locator("[name=sure]").count():
            self.press("Yes, save my answer" if self.language == "en" else "Ydy, cadwch fy ateb")
        self.through()

    def answer(self, answers: Mapping[str, str | list[str]] = MAIR) -> str:
        """Answers this page and continues; gives the heading of the next."""
        self.seen.append(self.page.content())
        self.fill(answers)
        self.continue_()
        return self.at()

    def until(self, heading: str, answers: Mapping[str, str | list[str]] = MAIR) -> None:
        """Answers page after page until the one with this heading stands there."""
        for _ in range(30):
            if self.at() == heading:
                return
            self.answer(answers)
        raise AssertionError(f"never came to {heading!r}, stands at {self.at()!r}")

    def pause(self, word: str = "") -> None:
        """Pauses from a question's page, with a pause word or without."""
        self.tap("button[value=pause]")
        if word:
            self.page.fill("#word", word)
            self.page.fill("#again", word)
        self.tap("button[value=pause]")
        assert self.at() == PAUSED

    def come_back(self, code: str, word: str | None = None) -> str:
        """Types the code and the word, or goes on without one; gives the heading of where that leads."""
        assert self.enter(code) == RETURN
        if word is None:
            self.press("Go on from the next section")
        else:
            self.page.fill("#word", word)
            self.press("Go on where I stopped")
        self.through()
        return self.at()

    def cookie(self) -> str:
        """The value of the one cookie; empty where there is none."""
        found = [cookie for cookie in self.context.cookies() if cookie["name"] == "__Host-troth"]
        return str(found[0].get("value", "")) if found else ""

    def set_cookie(self, value: str) -> None:
        """Puts a cookie back that was taken before, as a thief or a restored backup would."""
        self.context.clear_cookies()
        # Browsers take localhost for secure; their debugger's door for cookies wants to see https.
        cookie: SetCookieParam = {"name": "__Host-troth", "value": value, "url": "https://localhost/"}
        self.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])


def fields(body: str | None) -> dict[str, str]:
    """The fields of a form that a browser sent, each once."""
    return dict(parse_qsl(body or "", keep_blank_values=True))


def tokens_aside(source: str) -> str:
    """The page without the form's token, which is a different one for every session."""
    return re.sub(r'name="token" value="[^"]*"', 'name="token"', source)


def post(person: Person, path: str, body: Mapping[str, str | list[str]], cookie: str | None = None) -> httpx.Response:
    """A POST outside the browser with this cookie (the browser's own by default): its reply never reaches the page."""
    headers = {"cookie": f"__Host-troth={person.cookie() if cookie is None else cookie}"}
    with httpx.Client(trust_env=False) as client:
        return client.post(f"{person.base}/{person.language}/{path}", data=dict(body), headers=headers)


def get(person: Person, path: str, cookie: str | None = None) -> httpx.Response:
    """A GET outside the browser, as `post`."""
    headers = {"cookie": f"__Host-troth={person.cookie() if cookie is None else cookie}"}
    with httpx.Client(trust_env=False) as client:
        return client.get(f"{person.base}/{person.language}/{path}", headers=headers)
