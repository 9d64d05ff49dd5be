"""`lfr bench pipeline` measures nothing that cannot be measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lfr_actors.cli import bench
from lfr_actors.errors import InvalidFile, LfrError, SourceNotFound, SourceUnreadable
from tests.unit.vision.sources.films import make_film


def fault_of(*words: str | Path) -> BaseException | None:
    """What `lfr bench pipeline` raises."""
    app = typer.Typer()
    app.callback()(lambda: None)
    bench.register(app)
    return CliRunner().invoke(app, ["bench", "pipeline", *map(str, words)]).exception


@pytest.mark.parametrize(
    ("film", "content", "fault"), [("none.mp4", None, SourceNotFound), ("x.mp4", "x", SourceUnreadable)]
)
def test_a_film_that_is_none_is_refused_at_once(
    tmp_path: Path, film: str, content: str | None, fault: type[LfrError]
) -> None:
    """A missing film and a file that is no film are errors before anything is started."""
    if content is not None:
        (tmp_path / film).write_text(content)
    error = fault_of(tmp_path / film, tmp_path / "list.csv", "--pack", "open", "--threshold", "0.9")
    assert type(error) is fault


def test_what_is_wrong_on_the_command_line_names_no_file(tmp_path: Path) -> None:
    """The deployment file is made on the way and gone: a wrong pack is told as the command's."""
    film = make_film(tmp_path / "film.mp4", frames=2)
    (tmp_path / "list.csv").write_text("subject_id,image\nA,a.jpg\n")
    error = fault_of(film, tmp_path / "list.csv", "--pack", "banana", "--threshold", "0.9")
    assert isinstance(error, InvalidFile)
    assert str(error).startswith("lfr bench pipeline: 1 mistake")
    assert "'banana' is not a model pack" in str(error)
