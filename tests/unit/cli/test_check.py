"""`lfr check` as people and scripts see it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lfr_actors.cli import check
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import seal_version
from tests.unit.vision.sources.films import make_film
from tests.unit.watchlist.versions import BUILT_AT, a_version

TEXT = """\
deployment: town-1
location: Town square [north]
purposes: [warrant]
authority:
  {officer: O, reference: R, not_before: 2024-09-07T10:00:00+01:00, not_after: 2024-09-07T18:00:00+01:00}
watchlist: {csv: list.csv}
recognition: {pack: PACK, threshold: 0.955}
cameras:
  - {id: square, source: "file:film.mp4"}
  - {id: station, source: "rtsp://user:${CAMERA_PASSWORD}@10.0.0.7/stream"}
"""
DURING = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a deployment file and everything it names."""
    monkeypatch.setenv("CAMERA_PASSWORD", "hidden")
    (tmp_path / "town.yaml").write_text(TEXT.replace("PACK", "open"))
    (tmp_path / "list.csv").write_text("subject_id,image\nA,a.jpg\nA,b.jpg\nB,c.jpg\n")
    make_film(tmp_path / "film.mp4", frames=2)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_text("x")
    return tmp_path


def run(site: Path, home: Path, *options: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `lfr check town.yaml`."""
    app = typer.Typer()
    app.callback()(lambda: None)
    check.register(app)
    result = CliRunner().invoke(app, ["check", str(site / "town.yaml"), "--home", str(home), *options])
    return result.exit_code, result.stdout, result.stderr


def test_a_valid_file_is_summed_up(site: Path, home: Path) -> None:
    """A file that is right ends with 0 and shows place, window, list, pack and cameras without passwords."""
    status, out, err = run(site, home)
    assert status == 0
    for words in (
        "Town square [north]",
        "10:00 to 18:00",
        "2 subjects, 3 pictures",
        "10.0.0.7/stream",
        "valid",
    ):
        assert words in out
    for words in ("open pack", "are not erased by it", "the authorised window is over"):
        assert words in err
    assert "hidden" not in out + err


def test_json_is_one_document(site: Path, home: Path) -> None:
    """With --json stdout holds one document and nothing else; it holds no password."""
    status, out, err = run(site, home, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert document["valid"] is True
    assert document["watchlist"] == {"subjects": 2, "pictures": 3, "version": None, "built_at": None}
    assert document["pack"]["fit_for_live"] is False
    assert document["deployment"]["cameras"][1]["source"] == "rtsp://10.0.0.7/stream"
    assert len(document["digest"]) == 64
    assert "hidden" not in out


def test_mistakes_end_with_2(site: Path, home: Path) -> None:
    """Every mistake is on a line of its own on stderr; nothing is on stdout."""
    (site / "town.yaml").write_text(TEXT.replace("0.955", "2").replace("warrant", "warant"))
    status, out, err = run(site, home)
    assert (status, out) == (2, "")
    assert "line 3: purposes[0]: 'warant' is not a purpose" in err
    assert "line 7: recognition.threshold: '2' is too large" in err
    assert "not valid, 3 mistakes" in err


def test_mistakes_are_in_the_document(site: Path, home: Path) -> None:
    """With --json mistakes are on stdout and the exit status is the same."""
    (site / "town.yaml").write_text("")
    status, out, _ = run(site, home, "--json")
    document = json.loads(out)
    assert status == 2
    assert document["valid"] is False
    assert "is empty" in document["mistakes"][0]
    assert document["deployment"] is None


def test_all_that_is_missing_is_told_by_line(site: Path, home: Path) -> None:
    """A missing film, missing pictures and a missing pack are told together, in the order of the file."""
    (site / "town.yaml").write_text(TEXT.replace("PACK", "./no-pack"))
    (site / "film.mp4").unlink()
    (site / "b.jpg").unlink()
    status, out, err = run(site, home)
    told = [line for line in err.splitlines() if line.startswith("✗")]
    assert status == 2
    assert [line.split(": ")[1] for line in told] == [
        "watchlist.csv",
        "recognition.pack",
        "cameras[0].source",
    ]
    assert "1 of 3 pictures are not there; the first is b.jpg (line 3 of list.csv)" in told[0]
    assert "Town square" in out


def test_a_film_that_is_none_is_told_before_a_run(site: Path, home: Path) -> None:
    """A file that is there and is no film is a thing to mend, with its line, its path and what is wrong."""
    (site / "film.mp4").write_text("x")
    status, _, err = run(site, home)
    assert status == 2
    assert f"line 9: cameras[0].source: file:{site / 'film.mp4'}: it is not a film" in err


def test_a_device_that_is_not_there_is_told_before_a_run(
    site: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`device: cuda` on a machine without CUDA is a thing to mend, not something a run finds out."""
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    text = (site / "town.yaml").read_text()
    (site / "town.yaml").write_text(text.replace("threshold: 0.955", "threshold: 0.955, device: cuda"))
    status, _, err = run(site, home)
    assert status == 2
    assert "line 7: recognition.device: device: cuda was asked for" in err


def test_mistakes_of_the_watchlist_are_told(site: Path, home: Path) -> None:
    """What is wrong in the watchlist's CSV is a reason not to run."""
    (site / "list.csv").write_text("subject,image\nA,a.jpg\n")
    status, _, err = run(site, home)
    assert status == 2
    assert "line 6: watchlist.csv: list.csv:" in err


def test_a_missing_watchlist_is_told_once(site: Path, home: Path) -> None:
    """The CSV that is not there is one thing to mend."""
    (site / "list.csv").unlink()
    status, _, err = run(site, home)
    assert status == 2
    assert "1 thing to mend" in err


def test_an_open_window_needs_no_notice(site: Path, home: Path) -> None:
    """Within its window a file has no notice about the window; before it, it has."""
    during = check.examine(site / "town.yaml", home, DURING)
    before = check.examine(site / "town.yaml", home, DURING - dt.timedelta(days=1))
    assert during.window == "open"
    assert not any("window" in notice for notice in during.notices)
    assert any("not open yet" in notice for notice in before.notices)


def test_a_list_that_a_rule_refuses_is_told_before_a_run(site: Path, home: Path) -> None:
    """The rule of the site, what it says, and the rows that it names stand under the list's line."""
    (home / "site.yaml").write_text("watchlist: {max_subjects: 1, require: [legal_basis]}\n")
    status, _, err = run(site, home)
    assert status == 2
    assert (
        "line 6: watchlist.csv: the rule max-subjects refuses the list: 2 subjects, at most 1 allowed" in err
    )
    assert "the rule required-facts refuses the list" in err
    assert "subject A" in err


def test_shards_and_thresholds_are_summed_up(site: Path, home: Path) -> None:
    """How the list is divided, which thresholds differ, and what becomes of cameras when part of it is missing."""
    own = "{category: missing, threshold: 0.93, set_by: LFR/1, why: life at risk}"
    text = TEXT.replace("PACK", "open").replace("0.955}", f"0.955, thresholds: [{own}]}}")
    (site / "town.yaml").write_text(text + "resources: {matcher_shards: 4}\n")
    _, out, _ = run(site, home)
    for words in ("3 pictures, in 4 shards", "0.955, 0.93 for category missing", "cameras pause"):
        assert words in out


def test_a_sealed_version_is_looked_up(site: Path, home: Path) -> None:
    """A version is summed up from the log; one that is too old, of another pack, or unknown is a thing to mend."""
    text = TEXT.replace("PACK", "open")
    (site / "town.yaml").write_text(text.replace("{csv: list.csv}", "{version: abcdef}"))
    assert "is not there" in run(site, home)[2]
    with Store.open(home) as store:
        sealed = seal_version(store, a_version("ada", "bob", pack="another"), who="o", reason="drill")
    assert "line 6: watchlist.version: holds no version" in run(site, home)[2]
    name = str(sealed.version)
    (site / "town.yaml").write_text(text.replace("{csv: list.csv}", f"{{version: {name[:10]}}}"))
    status, out, err = run(site, home)
    assert status == 2
    assert f"version {name}" in out
    assert "2 subjects, 2 pictures" in out
    assert "was built on the pack another, and recognition.pack is open" in err
    assert check.examine(site / "town.yaml", home, BUILT_AT).missing[0].count("hours ago") == 0
    assert "hours ago, at most 24 are allowed" in err


def test_a_threshold_that_is_for_nobody_is_noticed(site: Path, home: Path) -> None:
    """A mistyped category is said before the day, and not only by the run."""
    own = "threshold: 0.955, thresholds: [{category: misssing, threshold: 0.9, set_by: A, why: B}]"
    (site / "town.yaml").write_text((site / "town.yaml").read_text().replace("threshold: 0.955", own))
    assert any(
        "misssing, and nobody" in each for each in check.examine(site / "town.yaml", home, DURING).notices
    )


def test_what_console_and_webhooks_would_not_start_with_is_said(site: Path, home: Path) -> None:
    """A certificate that is not there, a secret that is not, and more than the site allows, each with its line."""
    file = site / "town.yaml"
    file.write_text(
        file.read_text() + "adjudication: {two_person: true}\n"
        "console: {port: 8440, tls: {certificate: a.crt, key: a.key}}\n"
        "webhooks:\n"
        "  - {name: one, url: https://one.example.org/h, secret_file: none}\n"
        "  - {name: two, url: https://two.example.org/h, secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,\n"
        "     include: [subject]}\n"
    )
    status, out, err = run(site, home)
    assert status == 2
    assert "line 12: console.tls: its certificate" in err
    assert "line 14: webhooks[0]: " in err
    assert "line 16: webhooks[1].include: the site does not allow it" in err
    assert "two operators, each without seeing the other" in out
    assert "one: https://one.example.org/" in out
