"""One camera of a deployment: its source, its pace, the zone of recognition."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_serializer, field_validator

from lfr_actors.spec.part import Identifier, Part, base_folder
from lfr_actors.spec.source import SourceAddress, parse_source

Coordinate = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Coordinate, Coordinate]
Points = tuple[Point, ...]
"""A polygon in parts of the picture: (x, y) in [0, 1], the origin top left; it closes itself."""

_MAX_POINTS = 64


def _source_from_text(value: object, info: ValidationInfo) -> object:
    return parse_source(value, base_folder(info)) if isinstance(value, str) else value


def _footage_from_text(value: object) -> object:
    """YAML 1.1 reads on and off as booleans, YAML 1.2 as words: both mean the same here."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return {"true": "on", "yes": "on", "false": "off", "no": "off"}.get(value.lower(), value.lower())
    return value


class Camera(Part):
    """One camera; faces outside its `zone` are not searched."""

    id: Identifier
    source: Annotated[SourceAddress, BeforeValidator(_source_from_text)]
    pace: Literal["realtime", "max"] = "realtime"
    zone: Points | None = None
    footage: Annotated[Literal["off", "on", "alerts-only"], BeforeValidator(_footage_from_text)] = "off"

    @field_validator("pace")
    @classmethod
    def _live_is_realtime(cls, value: str, info: ValidationInfo) -> str:
        source = info.data.get("source")
        if value == "max" and source is not None and source.is_live:
            raise ValueError("is for films only, a live camera goes no faster than time; write realtime")
        return value

    @field_validator("zone")
    @classmethod
    def _simple(cls, value: Points | None) -> Points | None:
        return value if value is None else check_polygon(value)

    @field_serializer("source")
    def _without_password(self, source: SourceAddress) -> str:
        return source.shown


def check_polygon(points: Points) -> Points:
    """The polygon itself; `ValueError` unless it is simple: 3 to 64 different points, no edges that cross."""
    if len(points) > 3 and points[0] == points[-1]:
        raise ValueError(
            "repeats its first point at the end; leave the last point out, the polygon closes itself"
        )
    if not 3 <= len(points) <= _MAX_POINTS:
        raise ValueError(
            f"has {len(points)} point{'s' * (len(points) != 1)}; "
            f"write 3 to {_MAX_POINTS} as [[x, y], …] with x and y from 0 to 1"
        )
    if len(set(points)) < len(points):
        raise ValueError("has the same point twice; leave one of them out")
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    for (i, first), (j, second) in combinations(enumerate(edges), 2):
        neighbours = j == i + 1 or (i == 0 and j == len(edges) - 1)
        if _folded_back(first, second) if neighbours else _meet(first, second):
            raise ValueError(
                f"crosses itself (edges {i + 1} and {j + 1}); write the points in order around the zone"
            )
    return points


def _turn(a: Point, b: Point, c: Point) -> float:
    """Twice the signed area of a triangle: its sign says on which side of ab the point c lies."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(a: Point, b: Point, c: Point) -> bool:
    """Whether c, on the line through a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two edges without a common end share a point."""
    (a, b), (c, d) = first, second
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    touching = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _within(*points) for turn, points in zip(turns, touching, strict=True))


def _folded_back(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two edges with a common end lie on each other, as in a polygon without area."""
    shared = (set(first) & set(second)).pop()
    a = first[0] if first[1] == shared else first[1]
    c = second[0] if second[1] == shared else second[1]
    towards = (a[0] - shared[0]) * (c[0] - shared[0]) + (a[1] - shared[1]) * (c[1] - shared[1])
    return _turn(a, shared, c) == 0 and towards > 0
