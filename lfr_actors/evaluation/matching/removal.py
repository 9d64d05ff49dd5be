"""A subject is taken off the list: how long it takes, and whether its vectors are anywhere five seconds after.

The matcher and everything that belongs to it run in a process of their own, which is told what to do line by line;
this process knows what is looked for, and is not one of those that are searched. That the search finds the vectors
while they must be there is measured first: without that, not finding them would mean nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lfr_actors.canary.hunt import role
from lfr_actors.canary.memory import NotSearched, copy_memory, process_name, processes_below
from lfr_actors.canary.needles import Needle
from lfr_actors.canary.places import Folders, ray_folders, search_places
from lfr_actors.canary.search import Searched, search_copy
from lfr_actors.errors import NotReady
from lfr_actors.evaluation.matching.removal_list import RemovalOrder, needles_for, seal_list
from lfr_actors.evaluation.matching.telling import Telling
from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.private_file import make_private_folder
from lfr_actors.store.elsewhere import ELSEWHERE, by_itself

LOOK_AFTER_S = 5.0
"""When the vectors must be gone, after the removal was asked for or, when that is later, was done."""
WORKER = "lfr_actors.actors.bench_removal"
_MATCHER = "matcher"


def measure_removal(faces: SyntheticFaces, shards: int, tell: Telling) -> dict[str, Any]:
    """Seal a list, load it, look for a person's vectors, remove the person, look again; for a JSON document.

    Raises `NotReady` when the process that holds the list fails, or when the vectors cannot be found before the
    removal: then there is nothing to measure.
    """
    work = Path(tempfile.mkdtemp(prefix="lfr-"))  # short: sockets below it have room for 107 characters
    home = work / "home"
    folders = Folders(
        home=home,
        keys=home / "keys",
        temporary=work / "t",
        log=work / "run.log",
        told=work / "none",
        material=work / "none",
    )
    for folder in (folders.temporary, folders.home):
        make_private_folder(folder)
    removed_person = faces.people // 3
    needles = needles_for(faces, removed_person)
    try:
        tell.say(f"sealing {faces.people} subjects, with what proves later who was on the list")
        with by_itself():
            order = seal_list(faces, removed_person, home, shards)
        with _worker(order, folders) as worker:
            loaded = worker.answer()
            tell.say(f"{len(faces)} templates loaded; looking for the subject before the removal")
            before = _memory(worker.pid, needles, only=_MATCHER)
            found_before = sum(find.count for searched in before for find in searched.finds)
            if not found_before:
                raise NotReady(
                    "the removal", "the vectors were not found where they must be: nothing was proven"
                )
            tell.say("removing the subject")
            asked_s = time.monotonic()
            worker.tell("remove")
            removed = worker.answer()
            wait_s = max(0.0, LOOK_AFTER_S - (time.monotonic() - asked_s))
            time.sleep(wait_s)
            looked_s = time.monotonic() - asked_s
            tell.say(f"looking everywhere, {looked_s:.1f} s after the removal was asked for")
            pids = processes_below(worker.pid)
            after = _memory(worker.pid, needles)
            places = search_places(folders, ray_folders(pids), pids, needles, None)
            worker.tell("stop")
            worker.answer()
        return {
            "templates": len(faces),
            "subjects": faces.people,
            "shards": shards,
            **loaded,
            **removed,
            "looked_after_s": round(looked_s, 2),
            "copies_found_before": found_before,
            **found_after([*after, *places]),
        }
    finally:
        shutil.rmtree(work, ignore_errors=True)


def found_after(searched: Sequence[Searched]) -> dict[str, Any]:
    """What a search of everything found, in which place, and what could not be searched; for a JSON document."""
    return {
        "copies_found_after": sum(find.count for each in searched for find in each.finds),
        "found_in": [
            f"{each.place}: {find.where}, {find.kind}, {find.count} times"
            for each in searched
            for find in each.finds
        ],
        "processes_searched": sum(each.began_s is not None for each in searched),
        "files_searched": sum(each.files for each in searched),
        "mib_searched": round(sum(each.size_bytes for each in searched) / 2**20),
        "not_searched": [f"{each.place}: {why}" for each in searched for why in each.not_searched],
    }


def _memory(pid: int, needles: Sequence[Needle], only: str | None = None) -> list[Searched]:
    """The private memory of the process and all below it; each is copied first, one after the other."""
    copies = []
    for each in processes_below(pid):
        place = role(process_name(each))
        if only is None or place == only:
            copies.append((place, copy_memory(each)))
    found = []
    for place, copy in copies:
        searched = Searched(place=place)
        if isinstance(copy, NotSearched):
            searched.not_searched.append(f"process {copy.pid}: {copy.reason}")
        else:
            searched.began_s, searched.ended_s = copy.began_s, copy.ended_s
            search_copy(copy, searched, needles)
        found.append(searched)
    return found


class _Worker:
    """The process that holds the list: told a line, it answers a line of JSON."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, word: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(word + "\n")
            self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Its next answer. Raises `NotReady` when it ends without one."""
        line = "" if self._process.stdout is None else self._process.stdout.readline()
        if not line:
            lines = self._log.read_text(errors="replace").strip().splitlines()
            raise NotReady("the process that holds the list", " ".join(lines[-4:]) or "it said nothing")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def _worker(order: RemovalOrder, folders: Folders) -> Iterator[_Worker]:
    """The process, which does not outlive the context; its temporary files are in a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", *ELSEWHERE))}
    environment = kept | {"TMPDIR": str(folders.temporary), "LFR_HOME": str(folders.home)}
    with folders.log.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", WORKER, order.to_line()],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield _Worker(process, folders.log)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
