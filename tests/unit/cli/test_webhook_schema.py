"""`lfr webhooks schema` and `lfr webhooks secret`: what builders of consumers are given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from lfr_actors.cli import webhook_schema, webhooks
from lfr_actors.delivery.schemas import KINDS
from lfr_actors.delivery.secrets import SharedSecret, SigningKey, parse_secret, read_secret


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    """The group of commands, as the program puts it together."""
    made = typer.Typer()
    webhooks.register(made)
    webhook_schema.register(made)
    return made


def _run(app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["webhooks", *arguments])


@pytest.mark.parametrize("arguments", [(), ("--json",), ("alert.raised",)])
def test_a_schema_is_the_only_thing_on_stdout(app: typer.Typer, arguments: tuple[str, ...]) -> None:
    """One JSON document, which is a schema, of one type or of all."""
    result = _run(app, "schema", *arguments)
    assert result.exit_code == 0
    schema = json.loads(result.stdout)
    Draft202012Validator.check_schema(schema)
    assert ("alert.raised version" in schema["title"]) == ("alert.raised" in arguments)


def test_an_unknown_type_is_wrong_usage(app: typer.Typer, tmp_path: Path) -> None:
    """The exit status is 2, near names are offered, and nothing is written."""
    for arguments in (("alert.rised",), ("alert.rised", "--out", str(tmp_path / "out"))):
        result = _run(app, "schema", *arguments)
        assert result.exit_code == 2
        assert "alert.raised" in result.stderr
    assert not (tmp_path / "out").exists()


def test_schemas_are_written_to_files(app: typer.Typer, tmp_path: Path) -> None:
    """One file for each type, named by it and its version, and one for all; or the one that is asked for."""
    result = _run(app, "schema", "--out", str(tmp_path / "all"), "--json")
    files = [Path(file) for file in json.loads(result.stdout)["files"]]
    assert sorted(files) == sorted((tmp_path / "all").iterdir())
    assert len(files) == len(KINDS) + 1
    assert (tmp_path / "all" / "alert.raised.v3.schema.json") in files
    for file in files:
        Draft202012Validator.check_schema(json.loads(file.read_text()))
    assert _run(app, "schema", "alert.seen", "--out", str(tmp_path / "one")).exit_code == 0
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["alert.seen.v1.schema.json"]


def test_a_secret_is_made_and_printed(app: typer.Typer) -> None:
    """A line on stdout that a variable can hold; another one each time."""
    first, second = (_run(app, "secret").stdout for _ in range(2))
    assert isinstance(parse_secret(first, "x"), SharedSecret)
    assert first != second
    assert first.count("\n") == 1


def test_a_key_comes_with_its_public_part(app: typer.Typer) -> None:
    """The private key on stdout, what receivers need beside it; both in one document with --json."""
    result = _run(app, "secret", "--key")
    signing = parse_secret(result.stdout, "x")
    assert isinstance(signing, SigningKey)
    assert signing.verifying_key.text in result.stderr
    document = json.loads(_run(app, "secret", "--key", "--json").stdout)
    made = parse_secret(document["secret"], "x")
    assert isinstance(made, SigningKey)
    assert made.verifying_key.text == document["public_key"]


def test_a_secret_is_kept_in_a_new_file_of_its_owner(app: typer.Typer, tmp_path: Path) -> None:
    """It is not printed then, can be read back as a deployment does, and never replaces another."""
    file = tmp_path / "c2.secret"
    result = _run(app, "secret", "--out", str(file))
    kept = read_secret(file)
    assert kept.text not in result.output
    assert file.stat().st_mode & 0o777 == 0o600
    again = _run(app, "secret", "--out", str(file))
    assert again.exit_code == 2
    assert read_secret(file) == kept
