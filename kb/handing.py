"""Values that there are by the hundred thousand: made by setting each field once, and pickled as a call with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from inspect import signature
from operator import attrgetter
from typing import Any, TypeVar

Value = TypeVar("Value")


def by_fields(made: type[Value]) -> type[Value]:
    """A frozen dataclass with slots whose values are made, and pickled, in half the time.

    TypeError for one whose `__init__` does more than to set its fields, or takes some by keyword alone.
    """
    if hasattr(made, "__post_init__") or not all(each.init and not each.kw_only for each in fields(made)):  # type: ignore[arg-type]
        raise TypeError(f"{made.__name__}: its __init__ is not that of plain fields")
    parts = attrgetter(*(field.name for field in fields(made)))  # type: ignore[arg-type]

    def call(self: Value) -> tuple[type[Value], tuple[Any, ...]]:
        return made, parts(self)

    made.__reduce__ = call  # type: ignore[method-assign, assignment]
    made.__init__ = _setting(made)  # type: ignore[method-assign]
    return made


def _setting(made: type[Any]) -> Callable[..., None]:
    """The `__init__` of a frozen dataclass by way of its slots: its own asks for each field how it is to be set.

    It has the same parameters. Written as text, as those of dataclasses are: a loop over fields would take longer.
    """
    given = signature(made.__init__).parameters
    known: dict[str, Any] = {}
    lines = []
    for field in fields(made):
        known[f"_set_{field.name}"] = getattr(made, field.name).__set__
        value = field.name
        if field.default_factory is not MISSING:
            known[f"_make_{field.name}"], known["_unset"] = field.default_factory, given[field.name].default
            value = f"_make_{value}() if {value} is _unset else {value}"
        lines.append(f"    _set_{field.name}(self, {value})")
    exec(f"def __init__({', '.join(given)}):\n" + "\n".join(lines), known)
    init: Any = known["__init__"]
    old: Any = made.__init__
    init.__defaults__, init.__annotations__ = old.__defaults__, old.__annotations__
    init.__qualname__, init.__module__ = f"{made.__qualname__}.__init__", made.__module__
    return init  # type: ignore[no-any-return]
