"""`lfr watchlist build`: what it refuses before any model is loaded, and choosing from a sealed list."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import watchlist
from lfr_actors.errors import InvalidFile, Refused, WatchlistError
from lfr_actors.store import Store
from lfr_actors.store.elsewhere import ELSEWHERE
from lfr_actors.store.store import utc_now
from lfr_actors.store.watchlists import find_version, open_version, seal_version, versions
from lfr_actors.watchlist.version import ListVersion
from tests.unit.watchlist.lists import subject, version_of

app = typer.Typer()
watchlist.register(app)


@app.callback()
def _root() -> None:
    """Keeps `watchlist` a command of its own."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No data folder but the test's."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)


def build(home: Path, *arguments: object) -> Result:
    """Run `lfr watchlist build` with this data folder."""
    return CliRunner().invoke(app, ["watchlist", "build", *map(str, arguments), "--home", str(home)])


def csv(folder: Path, *rows: str) -> Path:
    """A list of these rows."""
    path = folder / "list.csv"
    path.write_text("subject_id,image,category,date_of_birth\n" + "".join(f"{row}\n" for row in rows))
    return path


def sealed(home: Path, version: ListVersion) -> str:
    """A version in the vault, and its name."""
    with Store.open(home) as store:
        seal_version(store, version, who="a clerk", reason="drill")
    return version.version


def young_list(built_at: dt.datetime) -> ListVersion:
    """A list of three that was built at a moment."""
    made = version_of(
        subject("ann", category="warrant"), subject("bob", category="bail"), subject("cy", category="warrant")
    )
    return ListVersion.of(
        pack=made.pack,
        subjects=made.subjects,
        pictures=made.pictures,
        templates=made.templates,
        built_at=built_at,
    )


def test_a_refused_list_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    """Status 3, every rule and every row in the document, and nothing in the data folder."""
    (home / "site.yaml").write_text("watchlist: {max_subjects: 1, categories: {warrant: [warrant]}}\n")
    listed = csv(tmp_path, "ann,a.jpg,warrant,", "bob,b.jpg,=bail,")
    result = build(home, "--csv", listed, "--purpose", "warrant", "--json")
    assert result.exit_code == 3
    document = json.loads(result.stdout)
    assert document["error"]["kind"] == "Refused"
    rules = {rule["rule"]: rule for rule in document["rules"]}
    assert [name for name, rule in rules.items() if rule["outcome"] == "refused"] == [
        "max-subjects",
        "categories",
    ]
    assert rules["categories"]["rows"] == ["line 3: subject bob: category '=bail'"]
    assert "line 3: category begins with '='" in document["notes"][0]
    assert [path.name for path in home.iterdir()] == ["site.yaml"]
    again = build(home, "--csv", listed, "--purpose", "warrant")
    assert isinstance(again.exception, Refused)
    assert "2 subjects, at most 1 allowed" in str(again.exception)


def test_an_under_18_needs_an_authority_at_every_site(home: Path, tmp_path: Path) -> None:
    """Without one refused, with half of one a usage error."""
    listed = csv(tmp_path, "ann,a.jpg,warrant,2020-01-01")
    result = build(home, "--csv", listed)
    assert isinstance(result.exception, Refused)
    assert "line 2: subject ann: is under 18" in str(result.exception)
    half = build(home, "--csv", listed, "--under-18-authority", "Bob")
    assert (half.exit_code, "names no authority" in half.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--folder", "x", "--csv", "y"),
        ("--csv", "y", "--where", "category=a"),
        ("--csv", "y", "--category", "a"),
        ("--from", "abcdef", "--pack", "open"),
        ("--from", "abcdef", "--where", "nothing"),
        ("--csv", "y", "--purpose", "warant"),
        ("--folder", "x", "--priority", "blue"),
        ("drill.yaml", "--purpose", "warrant"),
        ("--csv", "y", "--reason", "because he is Bob"),
    ],
)
def test_options_that_do_not_go_together_are_not_ignored(home: Path, arguments: tuple[str, ...]) -> None:
    """Status 2, before anything is read."""
    assert build(home, *arguments).exit_code == 2


def test_mistakes_of_a_folder_are_told_before_any_model_is_loaded(home: Path, tmp_path: Path) -> None:
    """A folder is held to the same as a CSV."""
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "ann.jpg").symlink_to("/etc/passwd")
    result = build(home, "--folder", tmp_path / "faces")
    assert isinstance(result.exception, InvalidFile)
    assert list(home.iterdir()) == []


def test_some_subjects_of_a_sealed_list_become_a_list(home: Path) -> None:
    """The new version says what it was taken from, is as old as that, and lies in the vault."""
    built_at = utc_now() - dt.timedelta(hours=2)
    name = sealed(home, young_list(built_at))
    result = build(home, "--from", name[:8], "--where", "category=warrant", "--reason", "review", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["subjects"], document["subjects_left_out"], document["taken_from"]) == (2, 1, name)
    with Store.open(home) as store:
        row = versions(store)[-1]
        assert (row.sealed.previous, row.sealed.reason, row.sealed.removed) == (name, "review", 1)
        assert row.sealed.root == document["sealed"]["root"]
        chosen = open_version(store, find_version(store, document["version"]))
    assert [each.subject_id for each in chosen.subjects] == ["ann", "cy"]
    assert chosen.built_at == built_at


def test_a_stale_list_cannot_be_made_fresh_by_choosing(home: Path) -> None:
    """The rule on hours holds for what was chosen; nothing is sealed."""
    name = sealed(home, young_list(utc_now() - dt.timedelta(hours=25)))
    result = build(home, "--from", name)
    assert isinstance(result.exception, Refused)
    assert "built-within: built 25.0 hours ago, at most 24 allowed" in str(result.exception)
    with Store.open(home) as store:
        assert len(versions(store)) == 1


def test_choosing_nobody_or_not_sealing_leaves_no_version(home: Path) -> None:
    """A misspelt value is told with those that are there; --no-seal only shows."""
    name = sealed(home, young_list(utc_now()))
    result = build(home, "--from", name, "--where", "category=warant")
    assert isinstance(result.exception, WatchlistError)
    assert "it has 'bail', 'warrant'" in str(result.exception)
    shown = build(home, "--from", name, "--no-seal")
    assert (shown.exit_code, "not sealed" in shown.stdout) == (0, True)
    with Store.open(home) as store:
        assert len(versions(store)) == 1


def test_who_chooses_from_a_list_is_written_also_when_nothing_comes_of_it(home: Path) -> None:
    """Otherwise a condition would tell whether somebody is on a list, and nobody would know who asked."""
    name = sealed(home, young_list(utc_now()))
    build(home, "--from", name, "--where", "subject_id=zoe", "--no-seal")
    with Store.open(home) as store:
        viewed = [event.public for event in store.iter_events(name="access.viewed")]
    assert [each["what"] for each in viewed] == [f"watchlist:{name}"]
    assert "zoe" not in json.dumps(viewed)
