"""Why a deployment may take place: one vocabulary, so that different days can be counted together."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "priority-offence": "people wanted for an offence that the force has made a priority",
        "high-harm-crime": "people wanted for high-harm crime",
        "violent-crime": "people wanted for violent crime",
        "wanted": "people wanted for arrest for any other offence",
        "warrant": "people for whom a court has issued a warrant",
        "unlawfully-at-large": "people who should be in custody",
        "recall-to-prison": "people recalled to prison",
        "court-condition": "people whose court conditions are checked: an order, bail, a tag",
        "licence-condition": "people released on licence whose conditions are checked",
        "sex-offender": "registered sex offenders of the highest risk",
        "hotspot": "an area in the upper quartile of the crime rate of its surroundings",
        "safeguarding": "vulnerable people who may come to harm",
        "missing-person": "people reported missing",
    }
)
"""Each purpose and what it means."""


def check_purpose(purpose: str) -> str:
    """The purpose itself; `ValueError` with the nearest one and the whole list when it is not known."""
    if purpose in PURPOSES:
        return purpose
    near = difflib.get_close_matches(purpose.lower().replace("_", "-").replace(" ", "-"), PURPOSES, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ValueError(f"is not a purpose; {hint}Known are {', '.join(PURPOSES)}")
