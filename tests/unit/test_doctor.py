"""`lfr doctor`: each fact and what is said of it; the facts themselves where they can be staged."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lfr_actors import machine as machine_module
from lfr_actors.cli import doctor as command
from lfr_actors.doctor import GIB, diagnose
from lfr_actors.machine import Machine, Swap, survey, usable_cores

GOOD = Machine(
    python=(3, 12, 1),
    system="Linux x86_64",
    cores=8,
    usable_cores=8,
    memory_bytes=16 * GIB,
    shm_bytes=8 * GIB,
    home=Path("/var/lib/lfr"),
    home_problem=None,
    home_mode=0o700,
    home_free_bytes=100 * GIB,
    home_encrypted=True,
    swaps=(Swap(name="/dev/dm-1", encrypted=True),),
    core_limit_bytes=0,
    core_pattern="core",
    core_filter=0,
    wipes_freed_memory=True,
    hibernates=False,
    memory_folder=Path("/dev/shm"),
    clock_synchronised=True,
    time_zones=True,
    libraries={"ray": "2.60.0", "onnxruntime": "1.31.0", "opencv-python": "5.0.0", "av": "18.1.0"},
    providers=("CPUExecutionProvider",),
    nvidia=False,
    decoders=("h264", "hevc", "mjpeg"),
    formats=("rtsp", "video4linux2,v4l2"),
    open_pack_problem=None,
)
BOTH_BUILDS = GOOD.libraries | {"onnxruntime-gpu": "1.31.0"}
TWO_OPENCV = GOOD.libraries | {"opencv-python-headless": "5.0.0"}

TABLE: list[tuple[dict[str, Any], str, str, str]] = [
    # facts that differ from a good machine, the line they change, its state, words of it
    ({"python": (3, 10, 4)}, "python", "problem", "install Python 3.11"),
    ({"usable_cores": 0.5}, "cores", "warning", "0.5 of 8 usable"),
    ({"memory_bytes": GIB}, "memory", "problem", "1.0 GiB"),
    ({"memory_bytes": 3 * GIB}, "memory", "warning", "3.0 GiB"),
    ({"memory_bytes": None}, "memory", "warning", "cannot tell"),
    ({"shm_bytes": 64 * 2**20}, "/dev/shm", "problem", "--shm-size=1g"),
    ({"shm_bytes": None}, "/dev/shm", "warning", "not there"),
    ({"home_problem": "Permission denied"}, "data folder", "problem", "/var/lib/lfr: Permission denied"),
    ({"home_mode": 0o755}, "data folder", "problem", "chmod 700 /var/lib/lfr"),
    ({"home_free_bytes": GIB // 2}, "disk", "problem", "0.5 GiB free"),
    ({"home_free_bytes": 5 * GIB}, "disk", "warning", "5.0 GiB free"),
    ({"home_free_bytes": None}, "disk", "warning", "cannot tell"),
    ({"home_encrypted": False}, "disk encryption", "warning", "LUKS"),
    ({"home_encrypted": None}, "disk encryption", "warning", "cannot tell"),
    ({"swaps": None}, "swap", "warning", "cannot tell"),
    ({"swaps": (Swap(name="/dev/sda2", encrypted=False),)}, "swap", "warning", "/dev/sda2: not encrypted"),
    ({"swaps": (Swap(name="/swapfile", encrypted=None),)}, "swap", "warning", "cannot tell whether"),
    ({"core_limit_bytes": -1}, "core dumps", "warning", "ulimit -c 0"),
    ({"core_limit_bytes": None}, "core dumps", "warning", "cannot tell"),
    ({"core_pattern": "|/usr/bin/apport %p", "core_filter": 51}, "core dumps", "warning", "/usr/bin/apport"),
    ({"core_pattern": "|", "core_filter": None}, "core dumps", "warning", "a program"),
    ({"wipes_freed_memory": False}, "freed memory", "warning", "GNU C library"),
    ({"memory_folder": None}, "memory folder", "warning", "300 MiB"),
    ({"clock_synchronised": False}, "clock", "warning", "timedatectl set-ntp true"),
    ({"clock_synchronised": None}, "clock", "warning", "cannot tell"),
    ({"time_zones": False}, "time zones", "problem", "tzdata"),
    ({"libraries": BOTH_BUILDS}, "onnx runtime", "problem", "they overwrite each other"),
    ({"providers": ()}, "onnx runtime", "problem", "does not load"),
    ({"nvidia": True}, "gpu", "warning", "lfr-actors[gpu]"),
    ({"decoders": ("h264", "mjpeg")}, "films and cameras", "problem", "lacks hevc"),
    ({"formats": ()}, "films and cameras", "problem", "lacks rtsp"),
    ({"libraries": TWO_OPENCV}, "opencv", "warning", "keep one"),
    ({"open_pack_problem": "it is not compiled yet"}, "open pack", "warning", "lfr models prepare open"),
]


def test_a_good_machine_has_nothing_to_mend() -> None:
    """On a machine that lacks nothing every line is ok and advises nothing."""
    findings = diagnose(GOOD)
    assert [(finding.state, finding.advice) for finding in findings] == [("ok", "")] * len(findings)


@pytest.mark.parametrize(("facts", "name", "state", "words"), TABLE)
def test_each_lack_changes_its_line(facts: dict[str, Any], name: str, state: str, words: str) -> None:
    """One fact that differs changes one line, which says what to do."""
    changed = [finding for finding in diagnose(replace(GOOD, **facts)) if finding.state != "ok"]
    assert [(finding.name, finding.state) for finding in changed] == [(name, state)]
    assert words in changed[0].found + changed[0].advice
    assert changed[0].advice


def test_missing_libraries_are_problems() -> None:
    """Without its libraries the product does not run: each is a problem with a way to install it."""
    findings = diagnose(replace(GOOD, libraries={}, providers=(), decoders=(), formats=()))
    problems = {finding.name for finding in findings if finding.state == "problem"}
    assert problems == {"onnx runtime", "films and cameras", "opencv", "ray"}


@pytest.mark.parametrize(
    ("hibernates", "encrypted", "state"),
    [(True, False, "warning"), (None, False, "warning"), (False, False, "ok"), (True, True, "ok")],
)
def test_hibernation_matters_with_swap_in_clear(hibernates: bool | None, encrypted: bool, state: str) -> None:
    """What is written at hibernation goes to swap: it is said only when that is not encrypted."""
    swaps = (Swap(name="/dev/sda2", encrypted=encrypted),)
    findings = {found.name: found for found in diagnose(replace(GOOD, hibernates=hibernates, swaps=swaps))}
    assert findings["hibernation"].state == state


def test_a_program_that_is_told_of_crashes_gets_no_memory() -> None:
    """With every mapping filtered out a piped core pattern is no warning: that is what hardening is for."""
    findings = {found.name: found for found in diagnose(replace(GOOD, core_pattern="|/usr/bin/apport %p"))}
    assert findings["core dumps"].state == "ok"


def test_hibernation_is_read_from_the_kernel(tmp_path: Path) -> None:
    """Possible only when `disk` is among the states and not disabled; nothing is known without the file."""
    assert machine_module._hibernates(tmp_path) is None
    power = tmp_path / "sys" / "power"
    power.mkdir(parents=True)
    for states, disk, expected in (
        ("freeze mem disk", "[platform] shutdown", True),
        ("freeze mem disk", "[disabled]", False),
        ("freeze mem", "", False),
    ):
        (power / "state").write_text(states + "\n")
        (power / "disk").write_text(disk + "\n")
        assert machine_module._hibernates(tmp_path) is expected


def test_swap_that_is_off_and_cuda_that_is_there_are_fine() -> None:
    """No swap at all and an ONNX Runtime with CUDA are ok."""
    gpu = replace(GOOD, swaps=(), nvidia=True, providers=("CUDAExecutionProvider", "CPUExecutionProvider"))
    assert {finding.state for finding in diagnose(gpu)} == {"ok"}


def test_the_survey_reads_this_machine(home: Path) -> None:
    """Every fact of the machine the tests run on is read; the tests' own libraries are found."""
    facts = survey(home)
    assert facts.home_problem is None
    assert facts.home_mode == 0o700
    assert {"ray", "onnxruntime", "av"} <= set(facts.libraries)
    assert "CPUExecutionProvider" in facts.providers
    assert set(facts.decoders) == {"h264", "hevc", "mjpeg"}
    assert facts.open_pack_problem == "it is not compiled yet"
    assert 0 < facts.usable_cores <= facts.cores
    assert {field.name for field in fields(facts)} == {field.name for field in fields(GOOD)}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A data folder that is not there cannot be written, and nothing else of the survey fails."""
    facts = survey(tmp_path / "absent")
    assert facts.home_problem == "No such file or directory"
    assert facts.home_free_bytes is None


def test_cores_follow_the_control_group(tmp_path: Path) -> None:
    """A quota of half a core in either version of control groups leaves half a core; `max` leaves all."""
    everything = usable_cores(tmp_path)
    new = tmp_path / "new/sys/fs/cgroup"
    new.mkdir(parents=True)
    (new / "cpu.max").write_text("50000 100000\n")
    old = tmp_path / "old/sys/fs/cgroup/cpu"
    old.mkdir(parents=True)
    (old / "cpu.cfs_quota_us").write_text("50000\n")
    (old / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_cores(tmp_path / "new") == usable_cores(tmp_path / "old") == 0.5
    (new / "cpu.max").write_text("max 100000\n")
    (old / "cpu.cfs_quota_us").write_text("-1\n")
    assert usable_cores(tmp_path / "new") == usable_cores(tmp_path / "old") == everything


MOUNTS = """\
22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw
30 22 0:25 / /home rw,relatime shared:2 - tmpfs tmpfs rw
31 22 253:5 / /srv/data\\040disk rw - xfs /dev/mapper/data rw
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "mount"),
    [
        ("/var/lib", ("253:0", "ext4")),
        ("/home/ada", ("0:25", "tmpfs")),
        ("/homeless", ("253:0", "ext4")),
        ("/srv/data disk/lfr", ("253:5", "xfs")),
    ],
)
def test_a_folder_belongs_to_its_nearest_mount(folder: str, mount: tuple[str, str]) -> None:
    """The file system of a folder is the mount with the longest path above it."""
    assert machine_module._mount_of(Path(folder), MOUNTS) == mount


def test_encryption_is_looked_for_below_a_device(tmp_path: Path) -> None:
    """A device is encrypted when it, or every device below it, is dm-crypt; unknown devices are unknown."""
    for name, uuid in (("crypt", "CRYPT-LUKS2-x"), ("lvm", "LVM-y"), ("plain", None), ("mixed", "LVM-z")):
        (tmp_path / name / "slaves").mkdir(parents=True)
        if uuid:
            (tmp_path / name / "dm").mkdir()
            (tmp_path / name / "dm" / "uuid").write_text(uuid + "\n")
    (tmp_path / "lvm/slaves/crypt").symlink_to(tmp_path / "crypt")
    (tmp_path / "mixed/slaves/crypt").symlink_to(tmp_path / "crypt")
    (tmp_path / "mixed/slaves/plain").symlink_to(tmp_path / "plain")
    encrypted = {
        name: machine_module._device_encrypted(tmp_path / name) for name in ("crypt", "lvm", "plain")
    }
    assert encrypted == {"crypt": True, "lvm": True, "plain": False}
    assert machine_module._device_encrypted(tmp_path / "mixed") is False
    assert machine_module._device_encrypted(tmp_path / "absent") is None


def run(monkeypatch: pytest.MonkeyPatch, facts: Machine, *options: str) -> tuple[int, str]:
    """Exit status and stdout of `lfr doctor` on a machine of these facts."""
    monkeypatch.setattr(machine_module, "survey", lambda _home: facts)
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    result = CliRunner().invoke(app, ["doctor", *options])
    return result.exit_code, result.stdout


def test_a_problem_ends_with_1_and_a_warning_with_0(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """The exit status is 1 only for problems; the table says what to do and counts."""
    status, out = run(monkeypatch, replace(GOOD, home_mode=0o755))
    assert status == 1
    assert "chmod 700 /var/lib/lfr" in out
    assert "1 problem, 0 warnings" in out
    status, out = run(monkeypatch, replace(GOOD, clock_synchronised=None))
    assert status == 0
    assert "0 problems, 1 warning" in out


def test_the_findings_are_one_document(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """With --json stdout is one document with every finding."""
    status, out = run(monkeypatch, replace(GOOD, time_zones=False), "--json")
    document = json.loads(out)
    assert (status, document["problems"]) == (1, True)
    assert {finding["state"] for finding in document["findings"]} == {"ok", "problem"}


def test_a_folder_that_cannot_be_made_is_a_finding(tmp_path: Path) -> None:
    """A data folder below a file is one of the findings, not a fault of the command."""
    (tmp_path / "file").touch()
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    result = CliRunner().invoke(app, ["doctor", "--json", "--home", str(tmp_path / "file" / "home")])
    findings = {finding["name"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 1
    assert findings["data folder"]["state"] == "problem"
