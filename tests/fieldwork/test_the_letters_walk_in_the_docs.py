"""Who follows the walk of the docs leaves nothing lying where no erasure and no check looks (P05)."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_no_page_of_the_docs_releases_letters_to_where_daily_does_not_look() -> None:
    pages = {page.name: page.read_text() for page in DOCS.rglob("*.md")}
    released = [
        line for text in pages.values() for line in re.findall(r"^troth letters release .*", text, re.MULTILINE)
    ]
    assert released
    assert not [line for line in released if "--out" in line]
    printed = re.findall(r"^troth print (\S+\.letters\.age)", pages["letters.md"], re.MULTILINE)
    assert len(printed) == 2
    assert all(path.startswith('"$TROTH_HOME"/outbox/') for path in printed)
