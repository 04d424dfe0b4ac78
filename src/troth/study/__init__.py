"""The study pack: dates, controller, contact points, retention, disclosure policy, letters, notice, questionnaire.

Data, checked and frozen. Whoever has the pack may read all of it: it holds no person, no key and no answer.
"""

from troth.study.dates import Dates, demonstration_dates, write_dates
from troth.study.load import bundled, load_pack
from troth.study.pack import ENGLISH, LetterText, NoticeText, StudyPack, day_in_words, schema
from troth.study.policy import CellId, Lang, WaveId
from troth.study.untranslated import untranslated

__all__ = [
    "ENGLISH",
    "CellId",
    "Dates",
    "Lang",
    "LetterText",
    "NoticeText",
    "StudyPack",
    "WaveId",
    "bundled",
    "day_in_words",
    "demonstration_dates",
    "load_pack",
    "schema",
    "untranslated",
    "write_dates",
]
