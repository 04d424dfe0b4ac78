"""Texts of a study as data: letters, notice, support. Placeholders in braces are filled from the study's own values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field

from troth.study.policy import Phone, Policy, Promised, Url, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDERS: Final = frozenset(
    {
        "study", "controller", "controller_short", "lawful_basis", "sample_source", "processors", "voucher_provider",
        "enquiry_line", "enquiry_email", "dpo_email", "ico_url", "corporate_notice_url", "safeguarding_policy_url",
        "opens", "closes", "contact_days", "contact_latest", "voucher_months", "voucher_latest", "interview_latest",
        "microdata_years", "interview_material_years", "flush_minimum",
    }
)  # fmt: skip
"""What the policy can fill in."""

_BRACES: Final = re.compile(r"\{([a-z_]*)\}")


def placeholders(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(_BRACES.findall(text))


def _known(text: str) -> str:
    if unknown := sorted(placeholders(text) - PLACEHOLDERS):
        raise ValueError(f"there is no value {{{unknown[0]}}} | Look at the list in docs/study-pack.md")
    if "{" in _BRACES.sub("", text) or "}" in _BRACES.sub("", text):
        raise ValueError("a brace stands alone | Write {name}, or leave the brace out")
    return text


Filled = Annotated[Words, AfterValidator(_known)]


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder that `values` knows replaced; one that a translation invented shows nothing."""
    return _BRACES.sub(lambda match: values.get(match[1], ""), text)


class Letter(Policy):
    """A letter's words; the print room adds address, code, QR and reference."""

    subject: Filled
    paragraphs: Annotated[tuple[Filled, ...], Field(min_length=1)]


class Letters(Policy):
    """What `letters.yaml` says."""

    invitation: Letter
    reminder: Letter


class NoticePart(Policy):
    """A part of the notice. `only_if` ties a sentence to a choice of the policy, so that it is told only where true."""

    heading: Filled
    promises: Annotated[tuple[Promised, ...], Field(min_length=1)]
    paragraphs: Annotated[tuple[Filled, ...], Field(min_length=1)]
    only_if: Literal["partials_kept", "partials_erased", "receipt_free", "targeted"] | None = None


class Notice(Policy):
    """What `notice.yaml` says."""

    title: Filled
    parts: Annotated[tuple[NoticePart, ...], Field(min_length=1)]


Nation = Literal["england", "wales", "scotland", "northern_ireland"]
NATIONS: Final[tuple[Nation, ...]] = get_args(Nation)


class Organisation(Policy):
    """Somebody who helps. At least a phone number or an address on the web.

    `nations`: where they help; nothing: everywhere in the United Kingdom. `age`: whom, `young` being 16 and 17. `text`: a number
    to send text messages to. `aftercare`: named on the last pages too.
    """

    name: Words
    about: Words
    phone: Phone | None = None
    text: Phone | None = None
    url: Url | None = None
    urgent: bool = False
    nations: tuple[Nation, ...] = ()
    age: Literal["any", "young", "adult"] = "any"
    aftercare: bool = False


class Support(Policy):
    """What `support.yaml` says."""

    introduction: Words
    organisations: Annotated[tuple[Organisation, ...], Field(min_length=1)]

    def groups(self) -> dict[str, tuple[Organisation, ...]]:
        """All of them, in the order to show: whom to call now, by age, for everybody, by nation. The same for every reader.

        Who helps in two nations stands in both; a group of nobody is left out.
        """
        found: dict[str, list[Organisation]] = {
            name: [] for name in ("urgent", "young", "adult", "any", *NATIONS)
        }  # fmt: skip
        for one in self.organisations:
            for name in ("urgent",) if one.urgent else one.nations or (one.age,):
                found[name].append(one)
        return {name: tuple(some) for name, some in found.items() if some}

    def aftercare(self) -> tuple[Organisation, ...]:
        """Those who are named on the last pages."""
        return tuple(one for one in self.organisations if one.aftercare)
