"""Everything that is measured, as pandas data frames, for data teams. No Ray is needed, and nothing is written.

    from lfr_actors import frames

    frames.open_run(home).alerts()            a run: alerts, scores, cameras, faces over time
    frames.record("wrexham-2024-09-07")       the public record: deployments, rates, retention, reconciliation
    frames.operation("wrexham-matchday")      the same of an operation's deployments together
    frames.live("wrexham-2024-09-07")         what a deployment measures of itself, camera by camera
    frames.study(frames.identify(folder, pack))   identification: rates, operating points, DET, list sizes
    frames.rates(searches, [0.5])             the same for searches of one's own
    frames.equity_comparisons(equity(…))      groups compared, and what could have been shown
    frames.film_passes(study_film(…))         passes of a film, and what became of them

Every count says of what. What there is no data for is missing, never zero. Rates come with their counts and the
ends of their intervals: `rate`, `rate_hits`, `rate_trials`, `rate_low`, `rate_high`.
"""

from lfr_actors.frames.deployment_record import Record, operation, record
from lfr_actors.frames.equity import equity_comparisons, equity_mistaken, equity_rates
from lfr_actors.frames.film import film_alerts, film_bins, film_passes, film_rates
from lfr_actors.frames.identification import (
    det,
    halves,
    identify,
    list_sizes,
    operating_points,
    ranks,
    rates,
    searches,
    study,
)
from lfr_actors.frames.live_measurement import live
from lfr_actors.records.run_frames import Run, open_run

__all__ = [
    "Record",
    "Run",
    "det",
    "equity_comparisons",
    "equity_mistaken",
    "equity_rates",
    "film_alerts",
    "film_bins",
    "film_passes",
    "film_rates",
    "halves",
    "identify",
    "list_sizes",
    "live",
    "open_run",
    "operating_points",
    "operation",
    "ranks",
    "rates",
    "record",
    "searches",
    "study",
]
