"""`lfr webhooks schema` and `lfr webhooks secret`: what whoever builds a consumer needs from the sender."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.app import JsonOption, stderr, stdout

if TYPE_CHECKING:
    from lfr_actors.delivery.secrets import SigningSecret

ALL_FILE = "webhook.schema.json"


def register(app: typer.Typer) -> None:
    """Add the commands to `lfr webhooks`."""
    del app
    from lfr_actors.cli.webhooks import webhooks_app

    webhooks_app.command("schema")(schema)
    webhooks_app.command("secret")(secret)


def schema(
    name: Annotated[
        str | None,
        typer.Argument(help="A type of event such as alert.raised; without it, all.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a file for each type into this folder instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print what webhooks say, as JSON Schema 2020-12."""
    from lfr_actors.delivery.schemas import schema_of

    try:
        wanted = schema_of(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from None
    if out is None:
        _print(wanted)
        return
    files = _write(name, out)
    if as_json:
        _print({"files": [str(file) for file in files]})
        return
    for file in files:
        stdout.print(str(file), markup=False, highlight=False, soft_wrap=True)


def secret(
    key: Annotated[
        bool,
        typer.Option("--key", help="An Ed25519 key: receivers get only its public part, and cannot sign."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it into this new file, for its owner only.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a random secret for one endpoint, to be given to sender and receiver."""
    from lfr_actors.delivery.secrets import SigningKey, new_key, new_secret

    made = new_key() if key else new_secret()
    public = made.verifying_key.text if isinstance(made, SigningKey) else None
    if out is not None:
        _keep(made, out)
    document = {"secret": made.text if out is None else None, "file": out and str(out), "public_key": public}
    if as_json:
        _print(document)
        return
    shown = made.text if out is None else f"written to {out}"
    stdout.print(shown, markup=False, highlight=False, soft_wrap=True)
    if public is not None:
        stderr.print(f"receivers verify with {public}", markup=False, highlight=False, soft_wrap=True)


def _write(name: str | None, folder: Path) -> list[Path]:
    from lfr_actors.delivery.schemas import KINDS, schema_of

    folder.mkdir(parents=True, exist_ok=True)
    chosen = [name] if name is not None else [*KINDS, None]
    files = []
    for each in chosen:
        file = folder / (ALL_FILE if each is None else f"{each}.v{KINDS[each].VERSION}.schema.json")
        file.write_text(_text(schema_of(each)), encoding="utf-8")
        files.append(file)
    return files


def _keep(made: SigningSecret, file: Path) -> None:
    from lfr_actors.private_file import write_private

    if file.exists() or file.is_symlink():
        raise typer.BadParameter(f"{file} is there already; name a new file", param_hint="--out")
    write_private(file, made.text + "\n")


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _print(document: dict[str, Any]) -> None:
    stdout.print_json(json.dumps(document, ensure_ascii=False), highlight=stdout.is_terminal)
