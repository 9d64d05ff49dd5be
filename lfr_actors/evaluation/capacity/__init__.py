"""How many cameras a machine carries, how many machines a city needs, and what breaks first as it grows.

costs        what each step of a face's way takes: measured here, quoted from a source, or assumed
measuring    measures here what can be measured in seconds, without Ray and without a camera
model        costs and a workload to loads, machines, and the ceiling of every part there is only one of

A model and not a promise: it adds up costs. It does not simulate queues, and says nothing of accuracy.
"""

from lfr_actors.evaluation.capacity.costs import QUOTED, Cost, Costs, Origin
from lfr_actors.evaluation.capacity.measuring import measure_costs
from lfr_actors.evaluation.capacity.model import (
    Ceiling,
    Load,
    Machine,
    Plan,
    Workload,
    cameras_per_machine,
    ceilings,
    first_to_break,
    load_of,
    plan,
    sensitivity,
)

__all__ = [
    "QUOTED",
    "Ceiling",
    "Cost",
    "Costs",
    "Load",
    "Machine",
    "Origin",
    "Plan",
    "Workload",
    "cameras_per_machine",
    "ceilings",
    "first_to_break",
    "load_of",
    "measure_costs",
    "plan",
    "sensitivity",
]
