"""A short survey with every kind of rule: two common sections, note, all four kinds of answer, when, routes, repeat, check, pipe."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from troth.questionnaire import load

if TYPE_CHECKING:
    from troth.questionnaire import Questionnaire

TEXT = """
id: short
version: "1"
title: A short survey
sections:
  - id: start
    title: Start
    common: true
    pages:
      - {id: hello, kind: note, title: Hello}
      - id: adults
        title: Which word should we use?
        answers:
          - id: adults
            kind: single
            disclosure: none
            options: [{id: parents, label: your parents}, {id: carers, label: your carers}]
  - id: home
    title: Home
    pages:
      - id: homes
        title: Where did you live with {{ adults | them }}?
        answers:
          - {id: homes, kind: number, label: How many homes, minimum: 0, maximum: 9, disclosure: quasi}
          - id: places
            kind: multiple
            label: What kinds?
            disclosure: quasi
            options:
              - {id: house, label: A house}
              - {id: boat, label: A boat}
              - {id: other, label: Another, when: not answered(adults) or adults == 'carers'}
              - {id: nowhere, label: None of these, exclusive: true}
        checks:
          - violated: homes == 0 and 'boat' in places
            message: A boat is a home. Check both.
      - id: safety
        title: How safe was home number {{ round }}?
        repeat: {over: homes, max: 2}
        answers:
          - id: safety
            kind: single
            disclosure: sensitive
            options: [{id: safe, label: Safe}, {id: unsafe, label: Not safe}]
  - id: harder
    title: Harder
    sensitive: true
    pages:
      - id: willing
        title: Shall we go on?
        answers:
          - id: willing
            kind: single
            disclosure: none
            options: [{id: go_on, label: "Yes, go on"}, {id: leave_out, label: "No, leave out"}]
        routes:
          - {when: willing == 'leave_out', goto: end_of_section}
      - id: told
        title: Did you tell anybody?
        when: answered(willing)
        answers:
          - id: told
            kind: single
            disclosure: sensitive
            options: [{id: told_yes, label: I did}, {id: told_no, label: I did not}]
  - id: now
    title: Now
    common: true
    pages:
      - id: today
        title: How is it now?
        answers:
          - id: today
            kind: single
            label: Today
            disclosure: sensitive
            options: [{id: good, label: Good}, {id: bad, label: Bad}]
          - {id: ideas, kind: text, label: What would help, required: false, max_length: 20, disclosure: sensitive}
"""


@lru_cache(maxsize=1)
def survey() -> Questionnaire:
    return load(TEXT, "short.yaml")
