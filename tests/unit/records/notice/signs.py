"""A deployment that can have a sign, and its content."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from lfr_actors.records.notice.content import NoticeContent, notice_content
from lfr_actors.records.notice.words import Language
from lfr_actors.retention.policy import SitePolicy, policy_for
from lfr_actors.spec import Deployment, load_deployment
from tests.unit.spec.conftest import RIGHT

RECORD = "https://www.example.org/lfr/wrexham-2024-09-07"
SIGN = f"""\
force: North Wales Police
notice:
  record: {RECORD}
  ask: lfr@example.org, or 101
  welsh: {{force: Heddlu Gogledd Cymru, location: Wrecsam}}
"""
PROOFS = dt.timedelta(days=31)


def sign_deployment(folder: Path, text: str = RIGHT + SIGN) -> Deployment:
    """The deployment of a text."""
    file = folder / "deployment.yaml"
    file.write_text(text)
    return load_deployment(file, {})


def sign_content(
    deployment: Deployment, language: Language = "en", site: SitePolicy | None = None
) -> NoticeContent:
    """What stands on its sign."""
    policy = policy_for(deployment.retention, site or SitePolicy())
    return notice_content(deployment, policy, PROOFS, language)
