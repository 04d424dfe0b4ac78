"""The tree of commands. A noun's commands live in the file of its name; this list is what `docs/commands.md` is checked against."""

from __future__ import annotations

import typer

from troth.cli import (
    attack,
    daily,
    demo,
    erase,
    findings,
    flush,
    grants,
    hold,
    interviews,
    keys,
    letters,
    printroom,
    promises,
    questionnaire,
    rehearse,
    restore,
    sample,
    sample_wishes,
    serve,
    study,
    vaults,
    vouchers,
)

app = typer.Typer(
    name="troth", help="Confidential surveys that keep their word.", no_args_is_help=True, pretty_exceptions_enable=False,
    add_completion=False,
)  # fmt: skip
app.command("demo")(demo.demo)
app.command("rehearse")(rehearse.rehearse)
app.command("attack")(attack.attack)
app.add_typer(study.app, name="study")
app.add_typer(questionnaire.app, name="questionnaire")
for _name, _wish in sample_wishes.COMMANDS.items():
    sample.app.command(_name)(_wish)
app.add_typer(sample.app, name="sample")
app.add_typer(letters.app, name="letters")
app.add_typer(printroom.app, name="print")
app.command("serve")(serve.serve)
app.command("daily")(daily.daily)
app.command("flush")(flush.flush)
app.add_typer(erase.app, name="erase")
app.add_typer(restore.app, name="restore")
app.add_typer(hold.app, name="hold")
app.add_typer(vouchers.app, name="vouchers")
app.add_typer(interviews.app, name="interviews")
app.add_typer(findings.app, name="findings")
app.add_typer(vaults.app, name="vaults")
app.add_typer(keys.app, name="keys")
app.command("grants")(grants.grants)
app.command("promises")(promises.promises)
