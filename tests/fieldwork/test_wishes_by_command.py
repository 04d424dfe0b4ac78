"""People's wishes by the commands that people type, each role with its own keys; what is typed stands in no output (P05, P06, P32)."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.wishing import NEW
from typer.testing import CliRunner

from troth.cli.tree import app
from troth.fieldwork.sample_file import read_sample
from troth.keys.folder import KeyFolder
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.protocol.age import age_public, age_recipient, new_age_identity
from troth.protocol.code import read_letter_reference
from troth.protocol.names import LetterRef
from troth.study import bundled, write_dates
from troth.vaults.sample import wishes
from troth.vaults.sample.post import batches
from troth.wiring.create import create
from troth.wiring.daily import daily
from troth.wiring.open import opened
from troth.wiring.wishes import tell

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wishes")
    pack = folder / "pack"
    shutil.copytree(bundled("sdcs"), pack)
    study = pack / "study.yaml"
    words = study.read_text().replace("code_cost_log2_n: 14", "code_cost_log2_n: 10")
    study.write_text(words.replace("reserve_codes: 20", "reserve_codes: 1"))
    write_dates(pack, SystemClock().today())
    create(folder / "home", pack)
    return folder / "home"


def troth(home: Path, *words: str, typed: str = "") -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--home", str(home), "--json"], input=typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_fieldwork_by_telephone(home: Path) -> None:
    file, out = home / "people.csv", home / "outbox"
    troth(home, "sample", "synthesise", "--people", "30", "--seed", "5", "--out", str(file))
    today = SystemClock().today()
    troth(home, "sample", "load", str(file), "--source", "NHS England", "--extract-date", today.isoformat())
    with opened(home, "load") as work:
        rows, _ = read_sample(file, work.pack)
    nobody = home / "suppression.csv"
    nobody.write_text("supplier_ref,reason\r\n")
    troth(home, "sample", "suppress", str(nobody))
    ahead = troth(home, "letters", "release", "invitation", "--dry-run")
    assert sum(each["count"] for each in ahead["cells"]) == 30
    sent = troth(home, "letters", "release", "invitation", "--split", "20", "--by-load")
    assert [each["count"] for each in sent["batches"]] == [20, 10]
    (load,) = {each["intake"] for each in troth(home, "letters", "batches")["batches"]}

    typed = f"{rows[0].name}\n{rows[0].postcode}\n"
    (found,) = troth(home, "sample", "find", typed=typed)["people"]
    assert found == {"reference": found["reference"], "state": "live", "reason": None}
    ref = found["reference"].lower()
    (other,) = troth(home, "sample", "find", typed=f"{rows[1].name}\n{rows[1].postcode}\n")["people"]
    new = home / "new.json"
    new.write_text(json.dumps(NEW))
    assert troth(home, "sample", "correct", ref, "--file", str(new)) == {"on_their_way": 1, "live": True}
    typed = "".join(
        f"{value}\n" for value in ("Someone Synthetic", "2 New Road", "", "", "Leeds", "LS1 1AA", "en", "yes")
    )
    troth(home, "sample", "correct", ref, typed=typed)
    told = troth(home, "sample", "access", ref, "--out", str(home / "held.txt"))
    assert (
        "Someone Synthetic\n2 New Road\nLeeds\nLS1 1AA\nLanguage of letters: en, in large print"
        in (home / "held.txt").read_text()
    )
    assert "Synthetic" not in str(told)
    with pytest.raises(Refused, match="nobody here"):  # counted all the same
        tell(home, LetterRef("BBBBBBBBBB"), home / "nobody.txt")

    troth(home, "letters", "reissue", ref)
    assert troth(home, "letters", "release", "replacements", "--dry-run") == {"waiting": 1}
    assert troth(home, "letters", "release", "replacements")["count"] == 1
    gone = troth(home, "sample", "withdraw", other["reference"], "--reason", "objected")
    assert gone["reason"] == "objected"
    back = troth(home, "letters", "returned", "-", typed=f"{ref}\n")
    assert (back["known"], back["gone"], back["fresh"]) == (1, 0, True)

    given = troth(home, "letters", "reserve", rows[0].cell)
    assert given["left"] == 0
    troth(home, "letters", "readout", given["file"], "--out", str(home / "code.txt"))
    assert len((home / "code.txt").read_text().split()[0]) == 4

    shown = troth(home, "letters", "outcomes")
    assert (shown["total"]["loaded"], shown["total"]["returned"]) == (30, None)
    (listed,) = troth(home, "study", "close-tranche")["tranches"]
    dry = troth(home, "study", "close-tranche", "--load", load, "--dry-run")
    assert (dry["closed"], dry["tranches"][0]["codes"], dry["tranches"][0]["open"]) == (False, listed["codes"], None)
    shut = troth(home, "study", "close-tranche", str(listed["number"]), "--reason", "a test")
    assert (shut["closed"], shut["tranches"][0]["codes"], shut["tranches"][0]["closed"]) == (
        True,
        listed["codes"],
        None,
    )
    assert len(list(out.glob("*.age"))) == 4

    clock = SystemClock()
    from troth.kit.clock import SimulatedClock

    week = SimulatedClock(clock.now() + timedelta(days=7))
    with opened(home, "letters") as work:
        known = wishes.held(work.vault("sample"), read_letter_reference(ref))
        assert known is not None
    for _ in range(2):
        daily(home, week, ("letters",))
    with opened(home, "letters", week) as work:
        (entry,) = work.ledger().entries("wishes")
        assert not [each for each in batches(work.vault("sample")) if each.delivered_by >= week.today()] or out.exists()
        there = wishes.held(work.vault("sample"), read_letter_reference(ref)) is not None
        assert there == (known.dies_on > week.today())  # which of both hangs on the weekday and the hour of this test
    assert {kind: entry.body[kind] for kind in ("find", "correction", "access", "replacement", "objected", "reserve")} == {
        "find": 2, "correction": 2, "access": 2, "replacement": 1, "objected": 1, "reserve": 1,
    }  # fmt: skip


def test_what_is_not_a_contact_is_refused_in_words(home: Path) -> None:
    from troth.kit.errors import Invalid

    for written in ("[]", "{", '{"name": 1}'):
        bad = home / "bad.json"
        bad.write_text(written)
        with pytest.raises(Invalid, match="the new contact"):
            troth(home, "sample", "correct", "27CXJ-6RW7R", "--file", str(bad))
    with pytest.raises(Invalid, match="cannot be read"):
        troth(home, "letters", "returned", str(home / "nowhere"))
    with pytest.raises(Invalid, match="nothing was typed"):
        troth(home, "sample", "find", typed="Somebody\n")
    refused = CliRunner().invoke(app, ["sample", "withdraw", "27CXJ-6RW7R", "--reason", "bored", "--home", str(home)])
    assert refused.exit_code == 2


@pytest.mark.parametrize("whose", ["custodian", "provider"])
def test_a_print_room_key_that_is_really_anothers_is_refused(home: Path, tmp_path: Path, whose: str) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    for settings in (copy / "settings").glob("*.toml"):
        settings.write_text(settings.read_text().replace(str(home), str(copy)))
    public = KeyFolder(copy / "keys" / "public")
    if whose == "custodian":
        public.put("printroom.pub", "recipient-public", public.get("custodian.pub", "recipient-public"), replace=True)
    else:
        public.put("printroom.age.pub", "age-recipient", public.get("provider.age.pub", "age-recipient"), replace=True)
    for act in (
        ("sample", "load", "nowhere.csv", "--source", "x", "--extract-date", "2027-01-01"),
        ("letters", "release", "invitation"),
        ("letters", "release", "replacements"),
        ("sample", "correct", "27CXJ-6RW7R", "--file", "nowhere.json"),
    ):
        with pytest.raises(Refused, match=f"really the (custodian's|voucher {whose}'s)"):
            troth(copy, *act)


def test_an_age_recipient_is_known_by_its_public_key() -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    identity, recipient = new_age_identity()
    assert len(age_public(recipient)) == 32
    assert age_public(recipient) == age_public(age_recipient(identity))
    # age-encryption.org's own example pair: the identity's 32 bytes are an X25519 scalar
    pair = ("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX", b"\x42" * 32)
    public = X25519PrivateKey.from_private_bytes(pair[1]).public_key().public_bytes_raw()
    assert age_public(age_recipient(pair[0])) == public  # type: ignore[arg-type]
