"""One small rehearsal on each database, made once for all tests here: a whole study costs half a minute."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.conftest import need

from troth.rehearsal.postgres import programs
from troth.rehearsal.rehearse import rehearse
from troth.study import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from troth.rehearsal.report.numbers import Numbers

PEOPLE, DAYS, SEED = 120, 28, 7


@dataclass(frozen=True)
class Rehearsed:
    """What came out, and where it lies."""

    numbers: Numbers
    out: Path


def quick_pack(folder: Path) -> Path:
    """The bundled study, its codes cheap to derive, of four cells and groups of five, so that a wave of few people moves some; kept one year."""
    pack = folder / "pack"
    shutil.copytree(bundled("sdcs"), pack)
    study = yaml.safe_load((pack / "study.yaml").read_text())
    study |= {"code_cost_log2_n": 10, "reserve_codes": 2}
    study["flush"] |= {"minimum": 5, "cells": study["flush"]["cells"][6:]}
    study["retention"]["microdata"]["years"] = (
        1  # a year of quiet days less; two years: tests/retention, tests/findings
    )
    (pack / "study.yaml").write_text(yaml.safe_dump(study, allow_unicode=True, sort_keys=False))
    return pack


def made(folder: Path, database: str, seed: int = SEED) -> Rehearsed:
    out = folder / "out"
    numbers = rehearse(quick_pack(folder), out, people=PEOPLE, days=DAYS, seed=seed, database=database)  # type: ignore[arg-type]
    return Rehearsed(numbers, out)


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return made(tmp_path_factory.mktemp("rehearsal"), "sqlite")


@pytest.fixture(scope="session")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    need("PostgreSQL", here=programs() is not None, line="apt-get install postgresql")
    return made(tmp_path_factory.mktemp("rehearsal"), "postgresql")
