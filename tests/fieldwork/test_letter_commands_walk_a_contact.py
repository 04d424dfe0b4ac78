"""From a synthetic sample to a PDF by the commands that people type, each role with its own settings and keys (P03-P06)."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from tests.conftest import need
from typer.testing import CliRunner

from troth.cli.tree import app
from troth.fieldwork.printroom.destroy import read_attestation
from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.sample_file import BadSample
from troth.keys.folder import KeyFolder
from troth.kit.clock import SystemClock
from troth.kit.errors import Invalid, KeyMissing, Refused, TrothError
from troth.protocol.age import new_age_identity
from troth.study import bundled, write_dates
from troth.wiring.create import create
from troth.wiring.keyring import Keys
from troth.wiring.open import opened


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("troth with a space")
    pack = folder / "pack"
    shutil.copytree(bundled("sdcs"), pack)
    study = pack / "study.yaml"
    cheap = (
        study.read_text()
        .replace("code_cost_log2_n: 14", "code_cost_log2_n: 10")
        .replace("reserve_codes: 20", "reserve_codes: 1")
    )
    study.write_text(cheap)
    write_dates(pack, SystemClock().today())
    create(folder / "home", pack)
    return folder / "home"


def troth(home: Path, *words: str) -> dict[str, Any]:
    """The command ran and printed one JSON object. Raises what it refused with."""
    done = CliRunner().invoke(app, [*words, "--home", str(home), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_a_contact_walks_from_the_sample_to_the_letter(home: Path) -> None:
    fonts = Path(str(resources.files("troth"))) / "web" / "static" / "letter"
    need("the built letter font", here=fonts.is_dir(), line="python scripts/assets.py")
    file = home / "people.csv"
    assert troth(home, "sample", "synthesise", "--people", "30", "--seed", "5", "--out", str(file))["people"] == 30
    today = SystemClock().today().isoformat()
    assert troth(home, "sample", "check", str(file))["people"] == 30
    load = ("sample", "load", str(file), "--source", "NHS England", "--extract-date", today)
    assert troth(home, *load)["people"] == 30
    with pytest.raises(Refused, match="was loaded"):
        troth(home, *load)
    ahead = troth(home, "letters", "release", "invitation", "--dry-run")
    assert (ahead["count"], troth(home, "letters", "due")["waves"][0]["letters"]) == (30, 30)
    assert "never compared" in ahead["suppression"]
    nobody = home / "suppression.csv"
    nobody.write_text("supplier_ref,reason\n")
    assert troth(home, "sample", "suppress", str(nobody), "--dry-run")["dry_run"] is True
    assert "never compared" in troth(home, "letters", "release", "invitation", "--dry-run")["suppression"]
    assert troth(home, "sample", "suppress", str(nobody))["unknown"] == 0
    done = troth(home, "letters", "release", "invitation", "--out", str(home / "out"))
    assert (done["count"], done["delivered_by"]) == (30, ahead["delivered_by"])
    printed = troth(home, "print", done["file"], "--out", str(home / "letters.pdf"), "--per-file", "20")
    assert (printed["letters"], len(printed["files"])) == (30, 2)
    pages = [page.get_textpage().get_text_range() for name in printed["files"] for page in pypdfium2.PdfDocument(name)]
    references = [found[0] for page in pages if (found := re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", page))]
    assert len(set(references)) == 30
    once_more = ("print", done["file"], "--out", str(home / "letters.pdf"), "--per-file", "20")
    with pytest.raises(Refused, match="printed already"):
        troth(home, *once_more)
    with pytest.raises(Refused, match="a file already"):
        troth(home, *once_more, "--again", "the printer lost them")
    plan = troth(home, "print", "destroy", printed["batch"], "--who", "Print Room", "--dry-run")
    assert (plan["files"], plan["letters"], plan["attestation"]) == (2, 30, None)
    copy = shutil.copy(done["file"], home / "copy.letters.age")
    gone = troth(home, "print", "destroy", printed["batch"], "--who", "Print Room")
    assert (gone["files"], [name for name in printed["files"] if Path(name).exists()]) == (2, [])
    said = read_attestation(
        Path(gone["attestation"]).read_text(), KeyFolder(home / "keys" / "public").get("attest.pub", "attest-public")
    )
    assert (said["letters"], said["who"], said["batch"]) == (30, "Print Room", printed["batch"])
    assert Path(gone["attestation"]).stat().st_mode & 0o777 == 0o600
    word = ("erase", "attest", printed["batch"], "--by", "Print Room", "--destroyed-on", said["day"])
    with pytest.raises(Refused, match="nothing here can be checked"):
        troth(home, *word)
    assert troth(home, *word, "--statement", gone["attestation"])["signed"] is True
    told = troth(home, "erase", "copies")["copies"][0]
    assert (told["signed"], told["destroyed"], told["owing"]) == (True, said["day"], [])
    assert not Path(done["file"]).exists(), "the batch file opens here: it goes too"
    file = troth(
        home,
        "print",
        "batch",
        str(copy),
        "--as",
        "file",
        "--out",
        str(home / "s.csv"),
        "--again",
        "the printer has a template",
    )
    assert (file["letters"], (home / "s.csv").stat().st_mode & 0o777) == (30, 0o600)
    assert troth(home, "erase", "copies")["copies"][0]["destroyed"] is None, (
        "printed once more, it wants another attestation"
    )
    gone = troth(home, "print", "destroy", printed["batch"], "--who", "Print Room")
    assert troth(home, "erase", "copies")["copies"][0]["destroyed"] is None
    troth(home, *word, "--statement", gone["attestation"])
    assert troth(home, "erase", "copies")["copies"][0]["destroyed"] == said["day"]
    stopped = troth(home, "sample", "stop", references[0].lower())
    assert stopped["dies_on"] > done["delivered_by"]
    off = ("letters", "cancel", "reminder_two", "--reason", "enough have answered")
    assert [troth(home, *off, *dry)["letters"] for dry in (("--dry-run",), (), ())] == [30, 30, 0]
    assert troth(home, "erase", "due") == {"due": [], "certificates": [], "outliving": 0}
    assert troth(home, "erase", "run")["certificates"] == []


def test_a_letter_is_looked_at_before_anything_is_released(home: Path) -> None:
    shown = troth(home, "letters", "preview", "invitation", "--lang", "cy", "--out", str(home / "look"))
    assert (len(shown["files"]), shown["pages"]) == (4, 2)
    assert all(Path(name).stat().st_mode & 0o777 == 0o600 for name in shown["files"])
    with pytest.raises(Refused, match="no such wave or language"):
        troth(home, "letters", "preview", "invitation", "--lang", "fr", "--out", str(home / "look"))
    with pytest.raises(Refused, match="a file already"):
        troth(home, "letters", "preview", "invitation", "--lang", "cy", "--out", str(home / "look"))


def test_what_leaves_the_print_room_goes_only_where_its_outputs_say(home: Path) -> None:
    sealed, bare = home / "a.pdf.age", home / "b.pdf"
    for each in (sealed, bare):
        each.write_bytes(b"x")
    journal = Journal(home / "printroom")
    with journal.turn():
        said = [{"path": str(sealed), "sha256": hashlib.sha256(b"x").hexdigest()}]
        journal.write("printed", batch="ab" * 16, letters=1, refs=[], files=said)
    to = ("--to", "sftp.printer.example", "--dry-run")
    with pytest.raises(Refused, match="host whose key is pinned"):
        troth(home, "print", "send", str(sealed), *to)
    outputs = home / "printroom" / "outputs.toml"
    outputs.parent.mkdir(exist_ok=True)
    recipient = new_age_identity()[1]
    outputs.write_text(
        f'recipient = "{recipient}"\n[sftp]\nhost = "sftp.printer.example"\nuser = "troth"\nhost_key = "SHA256:abc"\n'
    )
    with pytest.raises(KeyMissing, match="neither a key nor a password"):
        troth(home, "print", "send", str(sealed), *to)
    kept = CliRunner().invoke(
        app, ["print", "key", "sftp-password", "--home", str(home), "--json"], input="a password\n"
    )
    assert (kept.exit_code, json.loads(kept.stdout)) == (0, {"kept": "sftp-password"})
    assert troth(home, "print", "send", str(sealed), *to)["would_send"] == [str(sealed)]
    with pytest.raises(Refused, match="no print that was finished"):
        troth(home, "print", "send", str(shutil.copy(outputs, home / "c.age")), *to)
    with pytest.raises(Refused, match="not sealed to the printer"):
        troth(home, "print", "send", str(sealed), str(bare), *to)
    with pytest.raises(KeyMissing, match="no key notify"):
        troth(home, "print", "status", "abc")
    outputs.write_text("nonsense = 1")
    with pytest.raises(Invalid, match=r"outputs\.toml"):
        troth(home, "print", "send", str(sealed), *to)
    outputs.unlink()


def test_a_sample_is_drawn_from_a_frame_and_options_that_mean_nothing_are_refused(home: Path) -> None:
    frame, out = home / "frame.csv", home / "drawn.csv"
    troth(home, "sample", "synthesise", "--people", "120", "--seed", "9", "--out", str(frame))
    draw = ("sample", "draw", str(frame), "--size", "100", "--out", str(out))
    table = troth(home, *draw, "--dry-run")["cells"]
    assert (sum(cell["drawn"] for cell in table), out.exists()) == (100, False)
    seed = home / "seed"
    seed.write_text("ab" * 32)
    with pytest.raises(Refused, match="not the one"):
        troth(home, *draw, "--seed-file", str(seed), "--seed-commitment", "00" * 32)
    drawn = troth(home, *draw, "--seed-file", str(seed))
    assert (drawn["seed"], len(out.read_text().splitlines())) == ("ab" * 32, 101)
    for wrong in (("--encoding", "ebcdic"), ("--delimiter", "x"), ("--merge-small", "london")):
        with pytest.raises(Refused):
            troth(home, "sample", "check", str(out), *wrong)
    with pytest.raises(Refused, match="without its seed"):
        troth(home, *draw, "--seed-commitment", "00" * 32)


def test_a_faulty_sample_is_refused_in_words(home: Path) -> None:
    bad = home / "bad.csv"
    bad.write_text("name,surname\nMair,Secretname\n")
    with pytest.raises(BadSample) as caught:
        troth(home, "sample", "load", str(bad), "--source", "NHS England", "--extract-date", "2020-01-01")
    assert "line 1" in str(caught.value)
    assert "Secretname" not in str(caught.value)


def test_each_role_holds_only_what_its_work_needs(home: Path) -> None:
    def keys(role: str) -> Keys:
        return Keys(KeyFolder(home / "keys" / role), KeyFolder(home / "keys" / "public"))

    bucket = keys("letters").sealing_ring("contact").buckets()[0]
    assert keys("letters").ring("contact").private(bucket)
    for role in ("load", "printroom", "respond"):
        with pytest.raises(KeyMissing):
            keys(role).ring("contact").private(bucket)
    for role in ("load", "letters"):
        for attempt in (lambda: keys(role).recipient("printroom"), lambda: keys(role).age_identity("printroom")):  # noqa: B023
            with pytest.raises(KeyMissing):
                attempt()
    for attempt in (keys("letters").pepper, keys("printroom").pepper, keys("letters").index):
        with pytest.raises(KeyMissing):
            attempt()
    with opened(home, "printroom") as room:
        for vault in ("sample", "responses", "ledger"):
            with pytest.raises(TrothError):
                room.vault(vault)
