"""`lfr models list | prepare | verify`: what there is to recognise with, its licence, and is it intact."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.table import Table

from lfr_actors.cli.app import HomeOption, JsonOption, stderr, stdout
from lfr_actors.errors import LfrError, PackError
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.vision.packs import Device, PackInfo

PackArgument = Annotated[
    str,
    typer.Argument(
        help="open, insightface:NAME, insightface:/folder, yunet+PACK, yunet:/file.onnx+PACK, or a folder "
        "with a pack.toml."
    ),
]
PacksArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Packs to list besides those found on this machine.", show_default=False),
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")]


def register(app: typer.Typer) -> None:
    """Add the group `models`."""
    models = typer.Typer(name="models", help="Model packs: list, prepare, verify.", no_args_is_help=True)
    models.command("list")(list_packs)
    models.command("prepare")(prepare)
    models.command("verify")(verify)
    app.add_typer(models)


def list_packs(packs: PacksArgument = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Packs on this machine: licence, provenance, checksums, rates, and the provider they would run on."""
    from lfr_actors.vision.packs import describe_pack, found_packs, really_used

    folder = lfr_home(home)
    infos, problems = [], []
    for name in dict.fromkeys([*found_packs(folder), *(packs or [])]):
        try:
            infos.append(describe_pack(name, home=folder))
        except LfrError as error:
            problems.append(error)
    provider = really_used("auto")
    if as_json:
        rows = [asdict(info) | {"provider": provider} for info in infos]
        print_json({"packs": rows, "problems": [str(problem) for problem in problems]})
    else:
        for info in infos:
            stdout.print(_card(info, provider))
    for problem in problems:
        stderr.print(str(problem), markup=False, highlight=False)
    if problems:
        raise typer.Exit(1)


def prepare(pack: PackArgument = "open", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Compile or fetch what a pack needs, and check every file. May be repeated."""
    from lfr_actors.vision.packs import prepare_pack

    with stderr.status(f"preparing {pack}"):
        info = prepare_pack(pack, home=lfr_home(home))
    if as_json:
        print_json(asdict(info))
    else:
        stdout.print(f"{pack} is ready.", markup=False, highlight=False)


def verify(
    pack: PackArgument = "open",
    device: DeviceOption = "auto",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute a pack's checksums, run both networks once, and say what was checked."""
    from lfr_actors.vision.packs import verify_pack

    if device not in ("auto", "cpu", "cuda"):
        raise typer.BadParameter(f"{device!r} is not a device: auto, cpu or cuda", param_hint="--device")
    with stderr.status(f"verifying {pack}"):
        report = verify_pack(pack, home=lfr_home(home), device=cast("Device", device))
    if as_json:
        print_json(asdict(report))
    else:
        stdout.print(_card(report.info, report.provider))
        for check in report.checks:
            mark = "[green]passed[/]" if check.passed else "[red]failed[/]"
            stdout.print(mark, end=" ")
            stdout.print(check.what, markup=False, highlight=False)
    if not report.passed:
        failed = "; ".join(check.what for check in report.checks if not check.passed)
        raise PackError(pack, f"verification failed: {failed}")


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout, and nothing else there."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _card(info: PackInfo, provider: str) -> Table:
    """A pack as a table of two columns."""
    table = Table(title=info.name, title_justify="left", show_header=False, title_style="bold")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    rows = [
        ("detector", info.detector),
        ("embedder", f"{info.embedder} ({info.dim}-d)" if info.dim else info.embedder),
        ("licence", info.licence),
        ("provenance", info.provenance),
        ("provider", provider),
        ("rates", info.rates or "not measured"),
        ("live", "may be considered, on its rates" if info.fit_for_live else "not fit for a live deployment"),
        *(("note", note) for note in info.notes),
        *(("sha256", f"{digest} {name}") for name, digest in info.sha256.items()),
    ]
    for key, value in rows:
        table.add_row(key, _plain(value))
    return table


def _plain(text: str) -> str:
    """Text in which rich sees no markup: a path may hold brackets."""
    from rich.markup import escape

    return escape(text)
