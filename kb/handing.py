"""Values that are handed to other processes by the hundred thousand: pickled as a call with their fields."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

Value = TypeVar("Value")


def by_fields(made: type[Value]) -> type[Value]:
    """A dataclass whose values are pickled as a call with all fields: half the time of a dataclass with slots."""
    parts = attrgetter(*(field.name for field in fields(made)))  # type: ignore[arg-type]

    def call(self: Value) -> tuple[type[Value], tuple[Any, ...]]:
        return made, parts(self)

    made.__reduce__ = call  # type: ignore[method-assign, assignment]
    return made
