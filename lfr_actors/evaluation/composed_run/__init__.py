"""A made-up deployment of one day, written through the store as cameras, desk and people would write it.

For notebooks and drills that need a finished run and no model, film or person: templates are those of
`SyntheticFaces`, pictures a few bytes that are none. Everything after that is real: the events and their chain,
the vault, the decisions with their rules, the erasures with their receipts. A seed decides every count; what was
decided when is given. Only the ids of objects and keys differ from time to time.

day       what happened: faces, alerts and what people did with them
cameras   what its cameras reported
bodies    what else was said and raised: the start, the list, alerts, volunteers
writing   all of it through the store, at its own time
"""

from lfr_actors.evaluation.composed_run.bodies import made_up_alert, started
from lfr_actors.evaluation.composed_run.cameras import camera_report
from lfr_actors.evaluation.composed_run.day import COURSES, ComposedDay, MadeAlert, made_up_operation
from lfr_actors.evaluation.composed_run.writing import compose_run

__all__ = [
    "COURSES",
    "ComposedDay",
    "MadeAlert",
    "camera_report",
    "compose_run",
    "made_up_alert",
    "made_up_operation",
    "started",
]
