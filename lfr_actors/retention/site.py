"""The site's own ceilings, in `site.yaml` of the data folder.

    retention: {alerts: 12h, footage: 14d, watchlist: 0s, non_match: 500ms}

Each is at most the product's; a key that is not given, and a file that is not there, mean the product's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from lfr_actors.errors import InvalidFile
from lfr_actors.retention.policy import SitePolicy
from lfr_actors.spec.document import read_document
from lfr_actors.spec.mistakes import mistakes_of
from lfr_actors.spec.part import Part
from lfr_actors.spec.retention import Retention

SITE_FILE: Final = "site.yaml"


class _Site(Part):
    retention: Retention = Retention()


def site_file(home: Path) -> Path | None:
    """The site's file; None when there is none. A link that leads nowhere is there, and will be refused."""
    path = home / SITE_FILE
    return path if os.path.lexists(path) else None


def read_site(home: Path) -> SitePolicy:
    """The ceilings of the site whose data folder is `home`.

    Raises `InvalidFile` with every mistake, each `line N: key: what is wrong; what would be right`: a key that
    is not known, what is not a duration, a ceiling above the product's.
    """
    path = site_file(home)
    if path is None:
        return SitePolicy()
    document = read_document(path, os.environ, what="site", first="retention: {alerts: 24h}")
    mistakes = list(document.mistakes)
    site = None
    try:
        site = _Site.model_validate(document.data)
    except ValidationError as error:
        mistakes += mistakes_of(error, document, _Site)
    if site is None or mistakes:
        shown = sorted(set(mistakes), key=lambda mistake: (mistake.line, mistake.path))
        raise InvalidFile(str(path), tuple(str(mistake) for mistake in shown))
    # The default of a lifetime is not its ceiling: only what was written lowers one.
    given = {key: getattr(site.retention, key) for key in site.retention.model_fields_set}
    return SitePolicy(**given)
