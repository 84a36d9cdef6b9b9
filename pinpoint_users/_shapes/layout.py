"""The fast path to a frozen object whose values have been checked already.

A frozen attrs class stores each field by a call, half a microsecond an object, of which an audience's results have millions.
The unfrozen layout has the same fields: CPython stores there in a few nanoseconds, and then the object becomes one of the
frozen class, which takes the same layout in memory.
"""

from __future__ import annotations

from typing import Any


def unfrozen_layout(cls: type[Any]) -> type[Any]:
    """A class like a frozen one, for objects that are about to become of that one: `made.__class__ = cls`.

    It derives from that one, as CPython then has no fields to compare.

    Args:
        cls: A class with slots.
    """
    # Both setters are needed, or CPython would search the class for a method at each store.
    plain = {"__init__": object.__init__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"_Unfrozen{cls.__name__}", (cls,), {"__slots__": (), **plain})
