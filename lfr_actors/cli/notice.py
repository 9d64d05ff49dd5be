"""`lfr notice FILE`: the sign for the street, from the deployment file and the policy that erases."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.app import HomeOption, JsonOption, say, say_aside
from lfr_actors.errors import InvalidFile
from lfr_actors.home import named_home

if TYPE_CHECKING:
    from lfr_actors.records.notice.content import NoticeContent
    from lfr_actors.records.notice.pages import Size
    from lfr_actors.records.notice.words import Language
    from lfr_actors.spec import Deployment


class Format(StrEnum):
    """As what the sign is written."""

    HTML = "html"
    PDF = "pdf"
    BOTH = "both"


class Lang(StrEnum):
    """In which languages."""

    EN = "en"
    CY = "cy"
    BOTH = "both"


class Paper(StrEnum):
    """The sheet that it is printed on."""

    A4 = "a4"
    A3 = "a3"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("notice")
    def notice_command(
        file: Annotated[Path, typer.Argument(help="The deployment file (YAML).", show_default=False)],
        form: Annotated[Format, typer.Option("--format", help="HTML, PDF, or both.")] = Format.BOTH,
        lang: Annotated[
            Lang | None,
            typer.Option(
                help="English, Welsh, or both; without it both where the file has notice.welsh, else English.",
                show_default=False,
            ),
        ] = None,
        size: Annotated[
            Paper, typer.Option(help="The paper. Both languages fit on one sheet of A3.")
        ] = Paper.A4,
        out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path(),
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make the sign for the street: what, who, where, when, why, what is kept how long, where to ask.

        It says what the retention policy of this deployment at this site does. The file needs force, and under
        notice where to ask and the address of the record; without an address there is no QR code. Somebody
        who speaks Welsh should read it before it is printed.
        """
        from lfr_actors.records.notice.pages import type_size_pt
        from lfr_actors.records.notice.remarks import sign_mistakes, sign_remarks
        from lfr_actors.spec import load_deployment

        deployment = load_deployment(file, os.environ)
        mistakes = sign_mistakes(deployment)
        if mistakes:
            raise InvalidFile(str(file), tuple(str(mistake) for mistake in mistakes))
        contents = _contents(deployment, _languages(deployment, lang), home)
        languages = [content.language for content in contents]
        type_pt = type_size_pt(contents, size.value)
        remarks = sign_remarks(deployment, languages, type_pt)
        files = _write(deployment, contents, form, size.value, out)
        if as_json:
            document = {
                "deployment": deployment.deployment,
                "languages": languages,
                "size": size.value,
                "type_pt": type_pt,
                "files": [str(path) for path in files],
                "remarks": remarks,
                "content": [asdict(content) for content in contents],
            }
            typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
            return
        for path in files:
            say(str(path))
        for remark in remarks:
            say_aside(f"note {remark}")


def _languages(deployment: Deployment, lang: Lang | None) -> tuple[Language, ...]:
    """Welsh comes first where there are both, as it does on signs in Wales."""
    if lang is None:
        named = deployment.notice is not None and bool(deployment.notice.welsh.model_fields_set)
        lang = Lang.BOTH if named else Lang.EN
    if lang is Lang.BOTH:
        return ("cy", "en")
    return ("cy",) if lang is Lang.CY else ("en",)


def _contents(
    deployment: Deployment, languages: tuple[Language, ...], home: Path | None
) -> list[NoticeContent]:
    """The sign in each language, by the rules of this site. Raises `Refused` where the file keeps more."""
    from lfr_actors.records.notice.content import notice_content
    from lfr_actors.retention.policy import policy_for
    from lfr_actors.spec.site import read_site

    site = read_site(named_home(home))
    policy = policy_for(deployment.retention, site.retention)
    return [notice_content(deployment, policy, site.watchlist.proofs, language) for language in languages]


def _write(
    deployment: Deployment, contents: list[NoticeContent], form: Format, size: Size, out: Path
) -> list[Path]:
    """The files that were written. The time stamp of a PDF is the begin of the window: no clock is read."""
    from lfr_actors.records.notice.pages import notice_html, notice_pdf

    pages: dict[str, Any] = {}
    if form in (Format.HTML, Format.BOTH):
        pages["html"] = notice_html(contents, size=size).encode()
    if form in (Format.PDF, Format.BOTH):
        pages["pdf"] = notice_pdf(contents, size=size, at=deployment.authority.not_before)
    out.mkdir(parents=True, exist_ok=True)
    languages = "-".join(content.language for content in contents)
    written = []
    for kind, page in pages.items():
        path = out / f"{deployment.deployment}-notice-{languages}-{size}.{kind}"
        path.write_bytes(page)
        written.append(path)
    return written
