"""Where leftovers could be: the folders of a run, what its processes hold open or share, what its webhooks said."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lfr_actors.canary.memory import PROC, process_name, shared_memory
from lfr_actors.canary.needles import Needle
from lfr_actors.canary.search import Find, Searched, files_below, search_content, search_files

SHARED = Path("/dev/shm")
_SESSION = re.compile(r"--(?:session_dir|temp_dir|fallback_directory|log_dir|plasma_directory)=(\S+)")
_WRITING = os.O_WRONLY | os.O_RDWR

DATABASE, KEYS, HOME = "database and its journal", "key store", "data folder, the rest"
RAY, TEMPORARY, LOGS = "Ray's session and spill", "temporary folder", "logs of the run"
SHARED_FILES, SHARED_MAPPED, OPEN = "/dev/shm", "shared memory", "other files held open"
WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The folders of a run. `log`: what it wrote to stderr; `told`: what its webhooks said, as it came."""

    home: Path
    keys: Path
    temporary: Path
    log: Path
    told: Path
    material: Path
    """The film and the list that the test itself made: not searched."""


def search_places(
    folders: Folders,
    ray: set[Path],
    pids: Sequence[int],
    needles: Sequence[Needle],
    changed_after_s: float | None,
) -> list[Searched]:
    """Search every place that is not a process's own memory; `ray` are Ray's folders.

    With `changed_after_s` (wall clock), only files written since: a look while the run goes on.
    """
    known = {folders.material, *ray}

    def below(folder: Path, *without: Path) -> Iterator[Path]:
        return _changed(files_below(folder, [*without, folders.material]), changed_after_s)

    databases = sorted(path for path in folders.home.glob("*.db*") if path.is_file())
    ray_paths = [path for folder in sorted(ray) for path in below(folder)]
    return [
        search_files(DATABASE, databases, needles),
        search_files(KEYS, below(folders.keys), needles),
        search_files(HOME, below(folders.home, folders.keys, *databases), needles),
        search_files(RAY, ray_paths, needles),
        search_files(TEMPORARY, below(folders.temporary, *known), needles),
        search_files(LOGS, [folders.log], needles),
        search_files(SHARED_FILES, below(SHARED, *ray), needles),
        search_shared(pids, needles),
        search_open(pids, (*ray, *_own(folders)), needles),
        search_files(WEBHOOKS, [folders.told], needles),
    ]


def ray_folders(pids: Iterable[int]) -> set[Path]:
    """The folders that Ray was told to use, from the command lines of its processes; the outermost ones."""
    named = {Path(found) for pid in pids for found in _SESSION.findall(process_name(pid))} - {SHARED}
    return {path for path in named if not any(parent in named for parent in path.parents)}


def search_shared(pids: Sequence[int], needles: Sequence[Needle]) -> Searched:
    """Search the shared memory that processes have mapped, of Ray's object store above all."""
    searched = Searched(place=SHARED_MAPPED)
    try:
        for name, content in shared_memory(list(pids)):
            searched.files += 1
            searched.size_bytes += len(content)
            found = search_content(content, needles)
            searched.finds += [Find(kind=kind, where=name, count=count) for kind, count in found.items()]
    except OSError as error:
        searched.not_searched.append(error.strerror or str(error))
    return searched


def search_open(pids: Sequence[int], inside: Sequence[Path], needles: Sequence[Needle]) -> Searched:
    """Search what processes hold open for writing outside these folders, also files without a name any more."""
    links: dict[tuple[int, int], Path] = {}
    refused: set[str] = set()
    for pid in pids:
        try:
            for link in (PROC / str(pid) / "fd").iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if _elsewhere(link, inside):
                        found = link.stat()
                        links[found.st_dev, found.st_ino] = link
        except FileNotFoundError:
            continue
        except PermissionError as error:
            refused.add(f"{process_name(pid)[:40]}: {error.strerror}")
    searched = search_files(OPEN, links.values(), needles)
    searched.not_searched += sorted(refused)
    return searched


def _own(folders: Folders) -> tuple[Path, ...]:
    return folders.home, folders.keys, folders.temporary, folders.material, folders.log, SHARED


def _elsewhere(link: Path, inside: Sequence[Path]) -> bool:
    """Whether a descriptor is of a regular file that is written, and is outside the known folders."""
    target = str(link.readlink())
    if not target.startswith("/") or target.startswith(f"{SHARED}/") or not link.is_file():
        return False  # shared memory is searched as such
    flags = re.search(r"flags:\s*(\d+)", (link.parent.parent / "fdinfo" / link.name).read_text())
    if flags is None or not int(flags[1], 8) & _WRITING:
        return False
    return target.endswith(" (deleted)") or not any(Path(target).is_relative_to(folder) for folder in inside)


def _changed(paths: Iterator[Path], after_s: float | None) -> Iterator[Path]:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if after_s is None or path.stat().st_mtime >= after_s:
                yield path
