"""The words of the record, and what they mean."""

from __future__ import annotations

from typing import Final

from lfr_actors.evaluation.intervals import INSUFFICIENT
from lfr_actors.records.deployment_record.figures import Definition

_MEANINGS: Final = {
    "face seen": (
        "a face followed through the pictures of one camera (a track). One person who passes several cameras, or "
        "leaves the picture and comes back, is several faces seen."
    ),
    "search": (
        "one comparison of a face with everybody on the watchlist; a face seen is usually searched several times."
    ),
    "alert": ("the system says that a face may be somebody on the watchlist. A person looks first."),
    "judged true or false": (
        "an operator compared the pictures, and found the same person or somebody else."
    ),
    "confirmed true or false": "found after officers spoke to the person.",
    "false alert": (
        "an alert for somebody who is not the person on the list: judged false by an operator, or confirmed false "
        "after engagement."
    ),
    "false alert rate": (
        "false alerts divided by faces seen, and false alerts divided by all alerts. Both are published, because "
        "each alone misleads."
    ),
    "95 % interval": (
        "the exact binomial interval (Clopper and Pearson). It holds the true rate at least 95 times in 100, if "
        "what was counted is independent of each other."
    ),
    "hidden": (
        "a count of 1 to 4 in a table could single out a person. It is not shown, and neither are other counts "
        "from which it could be worked out; a hidden count may also be 0, or 5 and more."
    ),
    INSUFFICIENT: "there is nothing to compute the rate from. It is not zero.",
}

DEFINITIONS: Final = tuple(Definition(term=term, meaning=meaning) for term, meaning in _MEANINGS.items())
"""In the order in which the record shows them."""
