"""What stands around every page of a site: contact points and links from the study's own policy (P31, P34)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from troth.web.chrome import Chrome, Link
from troth.web.language import LANGUAGES, locale

if TYPE_CHECKING:
    from troth.web.language import Language
    from troth.wiring.open import Opened

EXIT = "https://www.bbc.co.uk/weather"
"""A page that anybody might be looking at."""


def words_of(site: str) -> Path:
    """The folder of that site's own catalogues."""
    return Path(__file__).resolve().parents[1] / "sites" / site / "locale"


def chromes(work: Opened, role: str) -> dict[Language, Chrome]:
    """Per language: a neutral service name, phone and email, links to help, support, notice and complaints."""
    pack, origins = work.pack, work.settings.origins
    found: dict[Language, Chrome] = {}
    for language in LANGUAGES:
        if language not in pack.languages:
            continue
        words = locale(language).translate
        own = role == "respond"
        respond, public = "" if own else origins.respond, "" if role == "public" else origins.public
        links = [
            Link(words("Help"), f"{respond}/{{language}}/help"),
            Link(words("Privacy on this device"), f"{respond}/{{language}}/before"),
            Link(words("Privacy notice"), f"{public}/{{language}}/notice"),
            Link(words("Cookies"), f"{'' if own else public}/{{language}}/cookies"),
            Link(words("Accessibility"), f"{public}/{{language}}/accessibility"),
        ]
        found[language] = Chrome(
            service=words("Online survey"),
            phone=pack.contacts.enquiry_phone,
            email=pack.contacts.enquiry_email,
            exit_url=EXIT,
            home=f"/{language}/",
            links=tuple(links),
            demonstration=pack.demonstration,
            support=f"{respond}/{{language}}/support",
            exit_action="/{language}/exit" if own else "",
        )
    return found
