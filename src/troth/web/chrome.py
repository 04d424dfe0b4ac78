"""What a site says around every page: a neutral name, contact points (P31), links, and where "Exit this page" leads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """A link in the footer. `href` may hold `{language}`, which becomes `en` or `cy`."""

    text: str
    href: str


@dataclass(frozen=True)
class Chrome:
    """The surroundings of a page in one language.

    `service` is in the masthead and is every page's title, so it must say nothing about the topic. `exit_url` is a
    page that anybody might be looking at; its origin must be among the `form_action_origins` of `SecureHeaders`,
    because the form that ends the session is answered with a redirect there.
    """

    service: str
    phone: str
    email: str
    exit_url: str
    home: str = "/"
    links: tuple[Link, ...] = ()
    demonstration: bool = False
    support: str = ""
    """Where people who help are named, one tap away on every page; may hold `{language}`."""
    exit_action: str = ""
    """Where the site ends a session; may hold `{language}`. Without one there is no session to end: the way out is a link."""
