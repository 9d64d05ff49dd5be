"""What a deployment is: one YAML file, checked in full before anything starts.

document     YAML as plain values with the line of each; environment fills in ${NAME}
deployment   the whole: authority, watchlist, recognition, cameras, retention, webhooks, adjudication, console
site         what the site allows, from its own file
mistakes     every mistake at once, each with its line and what would be right
inputs       whether the files it names are there
notices      what it asks for that somebody should know of
notice       what the sign for the street says beyond the rest
"""

from __future__ import annotations

from lfr_actors.spec.deployment import Deployment, load_deployment
from lfr_actors.spec.inputs import missing_inputs

__all__ = ["Deployment", "load_deployment", "missing_inputs"]
