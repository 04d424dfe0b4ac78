"""The dates of a study apart from all else, so that a demonstration can be dated on the day it is made."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import yaml
from pydantic import BaseModel, ConfigDict

from troth.kit.errors import Invalid
from troth.study.policy import Collection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from troth.questionnaire.document import Document, Plain


class Latest(BaseModel):
    """The latest dates of what is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contact: date
    vouchers: date
    interviews: date


class Dates(BaseModel):
    """What `dates.yaml` says; each replaces the date in `study.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    collection: Collection
    waves: dict[str, date]
    latest: Latest


FILE: Final = "dates.yaml"


def demonstration_dates(today: date, waves: Mapping[str, str]) -> Dates:
    """Dates of a demonstration made today: open since yesterday for six weeks, letters on their way.

    `waves` is wave id → kind, in order. The invitation went out a week ago, so that it has come; reminders follow
    weekly from a week ahead, the last well before the close.
    """
    reminders = [wave for wave, kind in waves.items() if kind == "reminder"]
    days = {wave: _working_day(today - timedelta(days=7)) for wave, kind in waves.items() if kind == "invitation"}
    for number, wave in enumerate(reminders, start=1):
        days[wave] = _working_day(today + timedelta(days=7 * number))
    last = max(days.values())
    opens, closes = today - timedelta(days=1), max(today + timedelta(days=42), last + timedelta(days=21))
    return Dates(
        collection=Collection(opens=opens, closes=closes),
        waves=days,
        latest=Latest(
            contact=closes + timedelta(days=28),
            vouchers=closes + timedelta(days=365),
            interviews=closes + timedelta(days=182),
        ),
    )


def write_dates(folder: Path, today: date) -> Path:
    """`dates.yaml` stands in `folder` with the dates of a demonstration made today; gives the file.

    The waves are those of the pack in that folder, or of the bundled study where the folder holds none.

    Raises:
        Invalid: the folder's own study.yaml is not readable.

    """
    from troth.study.load import PACKS  # noqa: PLC0415 - loading a pack reads dates

    source = folder if (folder / "study.yaml").is_file() else PACKS / "sdcs"
    raw = yaml.safe_load((source / "study.yaml").read_text(encoding="utf-8"))
    try:
        waves = {str(wave["id"]): str(wave["kind"]) for wave in raw["waves"]}
    except (KeyError, TypeError):
        raise Invalid(
            "the waves of the study are not readable", where="study.yaml:1:1", mend="Check `waves:`"
        ) from None
    dates = demonstration_dates(today, waves)
    file = folder / FILE
    words = "# Dates of a demonstration; they replace those of study.yaml.\n"
    file.write_text(words + yaml.safe_dump(dates.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    return file


def overlay(document: Document, dates: Dates) -> Plain:
    """The data of `study.yaml` with its dates replaced.

    Raises:
        Invalid: the study has no such wave, or is not shaped as a study.

    """
    data = deepcopy(document.data)
    try:
        assert isinstance(data, dict)
        data["collection"] = {
            "opens": dates.collection.opens.isoformat(),
            "closes": dates.collection.closes.isoformat(),
        }
        waves, retention = data["waves"], data["retention"]
        assert isinstance(waves, list)
        assert isinstance(retention, dict)
        known = {wave["id"]: wave for wave in waves if isinstance(wave, dict)}
        for name, day in dates.waves.items():
            known[name]["dispatch_on"] = day.isoformat()
        for name, latest in dates.latest.model_dump(mode="json").items():
            rule = retention[name]
            assert isinstance(rule, dict)
            rule["latest"] = latest
    except (AssertionError, KeyError, TypeError):
        raise Invalid(
            "the dates do not fit the study's waves and retention",
            where=f"{FILE}:1:1",
            mend="Name the waves that study.yaml has",
        ) from None
    return data


def _working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) % 7 if day.weekday() > 4 else 0)  # noqa: PLR2004 - Friday is 4
