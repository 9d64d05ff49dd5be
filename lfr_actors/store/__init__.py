"""Where events and alerts are kept: SQLite or PostgreSQL.

store       the store: every change of state and its event in one transaction
append      writing to the log
alerts, deployments, segments, holding     their rows, each written with its event
adjudicating  the one way to decide an alert; decisions writes it, history tells it
wanted      what the list said of an alert's subject, sealed with the alert; listed reads it out of the list
webhooks    how far each endpoint has the log, and what it will not get
stop_request  asking a deployment that runs to stop
retained    everything with a retention class: what there is, claimed, erased; `objects` is one row of it
watchlists  versions of lists, sealed in the vault by sealed_lists; list_proofs  who is on one
files       what is in clear and goes all the same
vault       keys, and sealing under them
people      who works with it: accounts, sessions, sign_in_limits, api_tokens
lease       who runs a deployment, and whether anybody does
read_only   reading without changing anything
rows        what the store gives back
schema      the tables
migrate     bringing a database to them; the steps are in `migrations`
database    opening it, transactions, and faults by name
"""

from __future__ import annotations

from lfr_actors.store.database import database_exists
from lfr_actors.store.rows import AlertRow, DeploymentRow
from lfr_actors.store.store import Store, utc_now

__all__ = ["AlertRow", "DeploymentRow", "Store", "database_exists", "utc_now"]
