"""Whether the files that a deployment names are there: a question to the disk, not to the file."""

from __future__ import annotations

import os
from pathlib import Path

from lfr_actors.spec.deployment import Deployment
from lfr_actors.spec.document import KeyPath, Mistake, shown_path


def missing_inputs(deployment: Deployment) -> tuple[str, ...]:
    """What is named and cannot be read: `line N: key.path: what is wrong; what would be right`, by line.

    Looks at the watchlist's CSV and at films; opens no stream, no device and no sealed list.
    """
    return tuple(str(mistake) for mistake in input_mistakes(deployment))


def input_mistakes(deployment: Deployment) -> tuple[Mistake, ...]:
    """The same as values, by line."""
    csv = deployment.watchlist.csv
    found = []
    if csv is not None:
        found.append(_file(deployment, ("watchlist", "csv"), csv, "the watchlist's CSV file"))
    for index, camera in enumerate(deployment.cameras):
        if camera.source.kind == "file":
            film = Path(camera.source.location)
            found.append(_file(deployment, ("cameras", index, "source"), film, "the film"))
    return tuple(sorted(filter(None, found), key=lambda mistake: mistake.line))


def _file(deployment: Deployment, path: KeyPath, file: Path, what: str) -> Mistake | None:
    """The mistake of one file; None when it is there and can be read."""
    try:
        if file.is_dir():
            wrong = f"{file} is a folder; write the path of {what}"
        elif not file.exists():
            wrong = f"there is no file {file}; put {what} there or mend the path"
        elif not os.access(file, os.R_OK):
            wrong = f"{file} may not be read; give this user permission"
        elif not file.stat().st_size:
            wrong = f"{file} is empty; put {what} there"
        else:
            return None
    except OSError as error:
        wrong = f"cannot be looked at ({error.strerror}); mend the path"
    return mistake_at(deployment, path, wrong)


def mistake_at(deployment: Deployment, path: KeyPath, text: str) -> Mistake:
    """A mistake about something that a value of the file names."""
    return Mistake(line=deployment.line_of(*path) or 1, path=shown_path(path), text=text)
