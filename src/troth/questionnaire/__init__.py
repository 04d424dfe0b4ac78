"""The questionnaire, pure: model, rules, route, answers, lint.

Takes a document and answers in, gives pages and messages out. Must never know who answers, or where answers go.
"""

from troth.questionnaire.codebook import CodebookRow, Column, codebook, columns, row
from troth.questionnaire.codec import (
    How,
    PageRecord,
    Trail,
    cut_page,
    decode_common,
    decode_page,
    decode_state,
    dummy_page,
    encode_common,
    encode_how,
    encode_page,
    encode_state,
    is_cut,
)
from troth.questionnaire.facts import Advance, advance, keep
from troth.questionnaire.finding import Finding
from troth.questionnaire.layout import confirmed
from troth.questionnaire.lint import lint
from troth.questionnaire.load import load, load_file
from troth.questionnaire.model import Answer, AnswerId, Option, Page, PageId, Questionnaire, Section, SectionId
from troth.questionnaire.plan import Plan, plan, records
from troth.questionnaire.position import Finish, Next, Position
from troth.questionnaire.read import Read, read
from troth.questionnaire.route import after, first, next_common
from troth.questionnaire.typed import FieldError
from troth.questionnaire.untranslated import untranslated
from troth.questionnaire.values import Facts, Value
from troth.questionnaire.view import DRAWS, AnswerView, OptionView, PageView, Translate, alike, view

__all__ = [
    "DRAWS",
    "Advance",
    "Answer",
    "AnswerId",
    "AnswerView",
    "CodebookRow",
    "Column",
    "Facts",
    "FieldError",
    "Finding",
    "Finish",
    "How",
    "Next",
    "Option",
    "OptionView",
    "Page",
    "PageId",
    "PageRecord",
    "PageView",
    "Plan",
    "Position",
    "Questionnaire",
    "Read",
    "Section",
    "SectionId",
    "Trail",
    "Translate",
    "Value",
    "advance",
    "after",
    "alike",
    "codebook",
    "columns",
    "confirmed",
    "cut_page",
    "decode_common",
    "decode_page",
    "decode_state",
    "dummy_page",
    "encode_common",
    "encode_how",
    "encode_page",
    "encode_state",
    "first",
    "is_cut",
    "keep",
    "lint",
    "load",
    "load_file",
    "next_common",
    "plan",
    "read",
    "records",
    "row",
    "untranslated",
    "view",
]
