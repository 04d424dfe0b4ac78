"""The tree of commands. A noun's commands live in the file of its name; this list is what `docs/commands.md` is checked against."""

from __future__ import annotations

import typer

from troth.cli import demo, serve, study, vaults

app = typer.Typer(
    name="troth", help="Confidential surveys that keep their word.", no_args_is_help=True, pretty_exceptions_enable=False,
    add_completion=False,
)  # fmt: skip
app.add_typer(study.app, name="study")
app.add_typer(vaults.app, name="vaults")
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
