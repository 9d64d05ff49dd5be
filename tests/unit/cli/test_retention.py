"""`lfr retention policy`: what people and scripts read of the rules in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import retention
from lfr_actors.errors import InvalidFile, Refused
from lfr_actors.retention.policy import DEFAULT_POLICY, RetentionPolicy
from tests.unit.spec.conftest import RIGHT


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    """Every command here runs on a fresh data folder."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A deployment file that keeps alerts for 20 hours."""
    path = tmp_path / "deployment.yaml"
    path.write_text(RIGHT + "retention: {alerts: 20h}\n")
    return path


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    retention.register(app)
    return CliRunner().invoke(app, ["retention", *arguments])


def test_the_defaults_of_a_site(home: Path) -> None:
    """Without a file: the product's policy, and where the ceilings come from."""
    result = lfr("policy")
    assert result.exit_code == 0
    flat = " ".join(result.stdout.split())
    for words in (
        "24 hours after the end of the deployment",
        DEFAULT_POLICY.digest,
        "ceilings from the product",
    ):
        assert words in flat
    document = json.loads(lfr("policy", "--json").stdout)
    assert (document["deployment"], document["site_file"]) == (None, None)
    assert document["ceilings"] == {"alerts": "24h", "footage": "31d", "watchlist": "24h", "non_match": "1s"}
    assert RetentionPolicy.from_json(document["policy"]) == DEFAULT_POLICY


def test_the_policy_of_a_deployment_at_this_site(home: Path, file: Path) -> None:
    """The file's lifetimes and the site's for the rest, in words and as a policy that can be read back."""
    (home / "site.yaml").write_text("retention: {footage: 7d}\n")
    document = json.loads(lfr("policy", str(file), "--json").stdout)
    assert document["deployment"] == "wrexham-2024-09-07"
    assert document["site_file"] == str(home / "site.yaml")
    erased = {row["class"]: row["erased"] for row in document["table"]}
    assert erased["alert"] == "20 hours after the end of the deployment"
    assert erased["footage"] == "7 days after the end of the segment"
    assert document["digest"] == RetentionPolicy.from_json(document["policy"]).digest
    assert "deployment wrexham-2024-09-07" in lfr("policy", str(file)).stdout


def test_what_proves_who_was_on_a_list_is_said(home: Path) -> None:
    """It outlives the list, so people and scripts are told for how long; the site says."""
    for proofs, words in ((None, "31 days after its making"), ("7d", "7 days after its making")):
        if proofs is not None:
            (home / "site.yaml").write_text(f"watchlist: {{proofs: {proofs}}}\n")
        assert json.loads(lfr("policy", "--json").stdout)["proofs"]["erased"] == words
        assert (
            f"whether they were on a watchlist (keyed hashes, of nobody by name): erased {words}"
            in " ".join(lfr("policy").stdout.split())
        )


def test_a_deployment_beyond_the_site_is_refused(home: Path, file: Path) -> None:
    """A deployment that keeps alerts longer than the site allows: refused, naming both."""
    (home / "site.yaml").write_text("retention: {alerts: 6h}\n")
    result = lfr("policy", str(file))
    assert isinstance(result.exception, Refused)
    assert "retention.alerts: it is 20 hours, and this site allows 6 hours" in str(result.exception)


def test_a_wrong_site_file_is_named(home: Path) -> None:
    """A site's file that is wrong stops the command, instead of the product's ceilings being shown."""
    (home / "site.yaml").write_text("retention: {alerts: 48h}\n")
    result = lfr("policy", "--json")
    assert isinstance(result.exception, InvalidFile)
    assert result.stdout == ""
