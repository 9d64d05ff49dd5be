"""`lfr watchlist list|show|diff|erase|prove` as people and scripts use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from lfr_actors.cli import watchlist_proofs, watchlist_versions
from lfr_actors.cli.watchlist import watchlist_app
from lfr_actors.cli.watchlist_report import retain_report
from lfr_actors.errors import Erased, InvalidFile, Refused, StoreError, Tampered
from lfr_actors.events.deployments import DeploymentClosed
from lfr_actors.events.types import AccessViewed
from lfr_actors.store import Store
from lfr_actors.store.watchlists import seal_version
from lfr_actors.watchlist.amend import amended
from lfr_actors.watchlist.version import ListVersion
from tests.unit.events.samples import TOTALS, started
from tests.unit.watchlist.versions import a_version

ON, OFF, LATER = "subject-marker-1", "subject-marker-2", "subject-marker-3"
watchlist_versions.register(watchlist_app)
watchlist_proofs.register(watchlist_app)


@pytest.fixture
def sealed(home: Path) -> tuple[str, str]:
    """Two versions of a list, the second amended: their names."""
    before = a_version(ON, OFF, pictures_each=2)
    after, _ = amended(before, a_version(LATER, seed=4), {OFF})
    with Store.open(home) as store:
        first = seal_version(store, before, who="officer", reason="operation")
        seal_version(store, after, previous=first, who="officer", reason="correction", added=1, removed=1)
    return before.version, after.version


def lfr(*arguments: str) -> Result:
    """Run a command; errors of the product are the result's exception."""
    structlog.reset_defaults()
    return CliRunner().invoke(watchlist_app, list(arguments))


def document(*arguments: str) -> Any:
    """What a command that succeeds prints with `--json`."""
    result = lfr(*arguments, "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    return json.loads(result.stdout)


def views(home: Path) -> list[AccessViewed]:
    """Who looked at what, as the log says."""
    with Store.open(home) as store:
        return [each.body for each in store.iter_events() if isinstance(each.body, AccessViewed)]


def log_text(home: Path) -> str:
    """Everything public in the log."""
    with Store.open(home) as store:
        return "".join(each.public_json for each in store.iter_events())


def begin(home: Path, version: ListVersion) -> None:
    """A deployment that runs on a copy of a version, until its process dies."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started("drill-1"))
        seal_version(store, version, deployment_id="drill-1", who="officer", reason="deployment")


def test_the_list_names_nobody(home: Path, sealed: tuple[str, str]) -> None:
    """Versions with counts, reasons and times, for people and for scripts; looking is not written down."""
    rows = document("list")
    assert [row["version"] for row in rows] == list(sealed)
    assert (rows[1]["previous"], rows[1]["added"], rows[1]["removed"]) == (sealed[0], 1, 1)
    assert all(row["erased_at"] is None and row["kept_until"] and row["proofs_kept_until"] for row in rows)
    shown = lfr("list").stdout
    assert sealed[0][:12] in shown
    assert "marker" not in shown + json.dumps(rows)
    assert views(home) == []


def test_nothing_was_sealed(home: Path) -> None:
    """An empty folder is said to be one; there is nothing to show, prove or erase."""
    assert "no watchlist was sealed" in lfr("list").stdout
    assert document("list") == []
    for command in (["show", "ab"], ["diff", "ab", "cd"], ["prove", "ab", "x"]):
        assert isinstance(lfr(*command).exception, StoreError)
    assert not (home / "lfr.db").exists()


def test_who_is_on_a_version(home: Path, sealed: tuple[str, str]) -> None:
    """By the beginning of its name; the log says who looked and why, and not at whom."""
    found = document("show", sealed[0][:10], "--why", "review")
    assert [each["subject_id"] for each in found["subjects"]] == [ON, OFF]
    assert (found["subjects"][0]["expires"], len(found["subjects"][0]["pictures"])) == ("2024-12-31", 2)
    assert ON in lfr("show", sealed[0]).stdout
    first, second = views(home)
    assert (first.what, first.why, second.why) == (f"watchlist:{sealed[0]}", "review", None)
    assert "marker" not in log_text(home)


def test_what_two_versions_differ_in(home: Path, sealed: tuple[str, str]) -> None:
    """Who came and who went, in words and as JSON; both looks are written."""
    found = document("diff", *sealed)
    assert [each["subject_id"] for each in found["added"]] == [LATER]
    assert [each["subject_id"] for each in found["removed"]] == [OFF]
    assert found["unchanged"] == 1
    said = lfr("diff", *sealed).stdout
    assert f"+ {LATER}" in said
    assert "1 added, 1 removed, 0 changed, 1 as before" in said
    assert len(views(home)) == 4
    assert isinstance(lfr("diff", sealed[0], "nothing").exception, StoreError)
    assert len(views(home)) == 4  # nobody looked


def test_an_erased_version_is_gone_and_can_be_proven(home: Path, sealed: tuple[str, str]) -> None:
    """With the reports on it; the proof of who was on it can still be made."""
    version = sealed[0]
    report = home / "reports" / "report.json"
    report.parent.mkdir()
    retain_report(home, version, report)
    report.write_text(ON)
    found = document("erase", version, "--reason", "data-subject-request")
    assert [each["kind"] for each in found["receipts"]] == ["watchlist", "report"]
    assert (found["held_by"], report.exists()) == ([], False)
    for command in (["show", version], ["diff", *sealed], ["erase", version, "--reason", "quality"]):
        error = lfr(*command).exception
        assert isinstance(error, Erased)
        assert "erased" in str(error)
    assert document("prove", version, OFF)["included"] is True
    row = document("list")[0]
    assert row["erased_at"] is not None
    assert row["proofs_erased_at"] is None


def test_a_list_in_use_is_not_erased(home: Path, sealed: tuple[str, str]) -> None:
    """A running deployment has a copy: stop it or amend it. When it is over, its copy is gone by itself."""
    with Store.open(home) as store, store.lease("drill-1"):
        begin(home, a_version(ON, OFF, pictures_each=2))
        refused = lfr("erase", sealed[0], "--reason", "quality").exception
        assert isinstance(refused, Refused)
        assert "drill-1 runs on it" in str(refused)
        assert document("show", sealed[0])["version"] == sealed[0]
        store.end_deployment("drill-1", DeploymentClosed(reason="over", totals=TOTALS))
    assert len(document("erase", sealed[0], "--reason", "quality")["receipts"]) == 1


def test_a_held_list_stays_until_it_is_released(home: Path, sealed: tuple[str, str]) -> None:
    """It is said by which hold; the exit status says that it is not gone."""
    object_id = document("list")[0]["object_id"]
    with Store.open(home) as store:
        hold = store.retained.place_hold(
            object_id,
            reason="court-order",
            authority="C/1",
            review_on=store._clock().date(),
            who="officer",
        )
    result = lfr("erase", sealed[0], "--reason", "quality", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["held_by"] == [hold.hold_id]
    assert document("show", sealed[0])["version"] == sealed[0]


@pytest.mark.parametrize(("who", "on"), [(ON, True), (LATER, False)])
def test_a_proof_is_handed_over_and_checked(
    home: Path, sealed: tuple[str, str], tmp_path: Path, who: str, on: bool
) -> None:
    """Written for its owner only, with its making in the log and not whom it is about; the log confirms it."""
    file = tmp_path / "proof.json"
    said = lfr("prove", sealed[0], who, "--out", str(file))
    assert said.exit_code == 0, said.exception
    assert f"{who} {'is' if on else 'is not'} on watchlist {sealed[0]} of 2 people" in said.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    checked = document("prove", "--check", str(file))
    assert (checked["included"], checked["subject_id"], checked["version_from"]) == (on, who, "log")
    published = document("list")[0]["root"]
    elsewhere = tmp_path / "elsewhere"
    given = document("prove", "--check", str(file), "--root", published.upper(), "--home", str(elsewhere))
    assert (given["included"], given["version_from"], elsewhere.exists()) == (on, "file", False)
    assert [view.what for view in views(home)] == [f"watchlist:{sealed[0]}:proof"]
    assert "marker" not in log_text(home)


def change(**changes: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A proof with other values."""
    return lambda proof: proof | changes


FORGERIES: tuple[tuple[Callable[[dict[str, Any]], dict[str, Any]], type[Exception]], ...] = (
    (change(subject_id="somebody"), InvalidFile),
    (change(included=False), InvalidFile),
    (change(count=3), InvalidFile),
    (change(kind="other"), InvalidFile),
    (change(format=2), InvalidFile),
    (change(positions=[{}]), InvalidFile),
    (change(signature="?"), InvalidFile),
    (change(signature="AAAA"), Tampered),
    (change(positions=[]), Tampered),
    (change(root="0" * 64), Tampered),
    (change(public_key="AAAA"), Tampered),
    (lambda it: it | {"included": False, "statement": it["statement"].replace(" is ", " is not ")}, Tampered),
)


def test_a_forged_proof_is_refused(home: Path, sealed: tuple[str, str], tmp_path: Path) -> None:
    """Whatever was changed in the file; by what it is, or by what it proves."""
    file, proof = tmp_path / "proof.json", document("prove", sealed[0], ON)
    for forge, error in FORGERIES:
        file.write_text(json.dumps(forge(proof)))
        assert isinstance(lfr("prove", "--check", str(file)).exception, error)


def test_a_proof_of_another_version_is_not_believed(
    home: Path, sealed: tuple[str, str], tmp_path: Path
) -> None:
    """Right in itself, under the name of a version that was committed to otherwise, or under another root."""
    proof = document("prove", sealed[0], ON)
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof).replace(sealed[0], sealed[1]))
    assert isinstance(lfr("prove", "--check", str(file)).exception, Tampered)
    file.write_text(json.dumps(proof))
    other = document("list")[1]["root"]
    assert isinstance(lfr("prove", "--check", str(file), "--root", other).exception, Tampered)


@pytest.mark.parametrize(
    "arguments",
    [
        ["prove"],
        ["prove", "ab"],
        ["prove", "ab", "x", "--root", "0" * 64],
        ["prove", "ab", "x", "--why", " "],
        ["prove", "ab", "--check", "proof.json"],
        ["prove", "--check", "proof.json", "--root", "xyz"],
        ["prove", "--check", "proof.json", "--out", "other.json"],
        ["erase", "ab"],
        ["erase", "ab", "--reason", "because"],
    ],
)
def test_wrong_usage(home: Path, arguments: list[str]) -> None:
    """Is refused before anything is looked at."""
    assert lfr(*arguments).exit_code == 2


def test_a_proof_without_log_or_root_is_not_checked(
    home: Path, sealed: tuple[str, str], tmp_path: Path
) -> None:
    """A root that only the file itself knows proves nothing, and a file that is none is said to be none."""
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(document("prove", sealed[0], ON)))
    assert lfr("prove", "--check", str(file), "--home", str(tmp_path / "elsewhere")).exit_code == 2
    for content in (b"", b"[]", b"\xff\xfe", b"{" * 100, b" " * 1_000_001):
        file.write_bytes(content)
        assert isinstance(lfr("prove", "--check", str(file)).exception, InvalidFile)
    assert isinstance(lfr("prove", "--check", str(tmp_path)).exception, InvalidFile)
