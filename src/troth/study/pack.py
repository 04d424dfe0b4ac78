"""A study pack in memory: the policy, its questionnaire, its words, its languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - pydantic needs them at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from babel.dates import format_date
from pydantic import ConfigDict, Field, InstanceOf

from troth.questionnaire import Questionnaire  # noqa: TC001 - pydantic needs it at run time
from troth.study.catalogue import english
from troth.study.policy import Lang, Study
from troth.study.words import Letters, Notice, Support, fill_in

if TYPE_CHECKING:
    from datetime import date

    from troth.promises import PromiseId
    from troth.questionnaire import Translate
    from troth.study.words import Letter, NoticePart

ENGLISH: Final = Lang("en")


@dataclass(frozen=True)
class LetterText:
    """A letter's words in one language, every placeholder filled."""

    subject: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class NoticeText:
    """A part of the notice in one language, and the promises that it makes."""

    heading: str
    paragraphs: tuple[str, ...]
    promises: tuple[PromiseId, ...]


class StudyPack(Study):
    """Everything that a study says. The policy's fields are its own (`pack.collection.opens`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    questionnaire: InstanceOf[Questionnaire] = Field(exclude=True, repr=False)
    letters: Letters = Field(exclude=True, repr=False)
    notice: Notice = Field(exclude=True, repr=False)
    support: Support = Field(exclude=True, repr=False)
    translations: Mapping[str, Callable[[str], str]] = Field(exclude=True, repr=False)

    def catalogue(self, lang: Lang | str) -> Translate:
        """What turns the study's English into `lang`; English where the study has no such language, or no words yet."""
        return self.translations.get(lang, english)

    def values(self, lang: Lang | str) -> Mapping[str, str]:
        """What fills the placeholders of letters and notice, in that language: always the policy's own values (P01)."""
        translate = self.catalogue(lang)
        kept = self.retention
        return {
            "study": translate(self.title),
            "controller": translate(self.controller.name),
            "controller_short": translate(self.controller.short),
            "lawful_basis": translate(self.controller.lawful_basis),
            "sample_source": translate(self.controller.sample_source),
            "processors": ", ".join(translate(processor) for processor in self.controller.processors),
            "voucher_provider": self.voucher_provider,
            "enquiry_line": self.contacts.enquiry_phone,
            "enquiry_email": self.contacts.enquiry_email,
            "dpo_email": self.contacts.dpo_email,
            "ico_url": self.contacts.ico_url,
            "corporate_notice_url": self.contacts.corporate_notice_url,
            "safeguarding_policy_url": self.contacts.safeguarding_policy_url,
            "opens": day_in_words(self.collection.opens, lang),
            "closes": day_in_words(self.collection.closes, lang),
            "contact_days": str(kept.contact.days),
            "contact_latest": day_in_words(kept.contact.latest, lang),
            "voucher_months": str(kept.vouchers.months),
            "voucher_latest": day_in_words(kept.vouchers.latest, lang),
            "interview_latest": day_in_words(kept.interviews.latest, lang),
            "microdata_years": str(kept.microdata.years),
            "interview_material_years": str(kept.interview_material.years),
            "flush_minimum": str(self.flush.minimum),
        }

    def letter(self, kind: str, lang: Lang | str) -> LetterText:
        """The words of the letter: `kind` is a wave's, `invitation` or `reminder` (P06)."""
        found: Letter = self.letters.reminder if kind == "reminder" else self.letters.invitation
        fill = self._filler(lang)
        return LetterText(fill(found.subject), tuple(fill(text) for text in found.paragraphs))

    def notice_parts(self, lang: Lang | str) -> tuple[NoticeText, ...]:
        """The notice, of those parts that this policy makes true (P01)."""
        fill = self._filler(lang)
        return tuple(
            NoticeText(fill(part.heading), tuple(fill(text) for text in part.paragraphs), part.promises)
            for part in self.notice.parts
            if self._is_true(part)
        )

    def notice_title(self, lang: Lang | str) -> str:
        """The notice's own title."""
        return self._filler(lang)(self.notice.title)

    def texts(self) -> list[tuple[str, str]]:
        """(Where it stands, the English) of every text of the pack: the keys of its catalogues."""
        found = dict.fromkeys((self.title, self.short_title), "study")
        controller = self.controller
        for text in (controller.name, controller.short, controller.lawful_basis, controller.sample_source):
            found.setdefault(text, "study")
        for text in controller.processors:
            found.setdefault(text, "study")
        for cell in self.flush.cells:
            found.setdefault(cell.label, "study")
        for context, text in self.questionnaire.texts():
            found.setdefault(text, context)
        for kind, letter in (("invitation", self.letters.invitation), ("reminder", self.letters.reminder)):
            for text in (letter.subject, *letter.paragraphs):
                found.setdefault(text, f"letter {kind}")
        found.setdefault(self.notice.title, "notice")
        for part in self.notice.parts:
            for text in (part.heading, *part.paragraphs):
                found.setdefault(text, "notice")
        found.setdefault(self.support.introduction, "support")
        for organisation in self.support.organisations:
            found.setdefault(organisation.name, "support")
            found.setdefault(organisation.about, "support")
        return [(context, text) for text, context in found.items()]

    def _filler(self, lang: Lang | str) -> Translate:
        translate, values, english_values = self.catalogue(lang), self.values(lang), self.values(ENGLISH)

        def fill(text: str) -> str:
            words = translate(text)
            # A text that is still English gets English values: no sentence in two languages.
            return fill_in(words, english_values if words == text else values)

        return fill

    def _is_true(self, part: NoticePart) -> bool:
        match part.only_if:
            case "partials_kept":
                return self.partials_at_close == "keep"
            case "partials_erased":
                return self.partials_at_close == "erase"
            case None:
                return True
            case choice:
                return self.reminders == choice


def day_in_words(day: date, lang: Lang | str) -> str:
    """A date as people write it: `4 January 2027`, `4 Ionawr 2027`."""
    return format_date(day, "d MMMM y", locale=lang)


def schema() -> dict[str, Any]:
    """The JSON Schema of `study.yaml`, for editors and for whoever writes a pack by hand."""
    return Study.model_json_schema()
