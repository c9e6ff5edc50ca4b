"""Resolving: what a call is given in place of the states and futures in its arguments, wherever they lie.

The walk is bounded: containers, dataclasses and pydantic models are entered, anything else is a leaf, and after so many
leaves that stand for nothing it stops. Who hands over more of them than that, and futures behind them, splits them.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from itertools import chain, islice
from typing import Any, Final, NamedTuple, cast

from headrace._engine.conclusions import Conclusion, described
from headrace._kernel.ids import id_text
from headrace._kernel.late import imported
from headrace._kernel.leaves import ATOMIC, LEAST_COST, LEVELS, WALK_BUDGET
from headrace._kernel.stand_ins import ANNOTATION, FUTURE, STAND_INS
from headrace._kernel.steps import Steps, join

__all__ = [
    "Given",
    "Inputs",
    "StandIn",
    "copied",
    "is_entered",
    "joined",
    "may_hold_futures",
    "replaced",
    "resolved",
    "stand_ins",
    "unfinished",
    "with_states",
]

Inputs = tuple[tuple[str, tuple[bytes, ...]], ...]
Parts = Callable[[Any], Iterable[Any]]

_MAPPINGS: Final = frozenset({dict, OrderedDict, defaultdict})
_ITEMS: Final = frozenset({list, tuple, set, frozenset})
_NOT_WAITED: Final = frozenset({"quote", "Quote", "opaque"})


class StandIn(NamedTuple):
    """A state, a future or an annotation, and where it was found."""

    value: Any
    parameter: str
    role: str
    may_fail: bool
    inside: tuple[int, ...]
    """Ids of what holds it, the outermost first."""


class Given(NamedTuple):
    """A call's parameters as its function gets them, the runs that they come from, and why it may not run."""

    parameters: dict[str, Any]
    inputs: Inputs
    not_ready: Conclusion | None


def stand_ins(parameters: dict[str, Any], upstream: Any = None) -> list[StandIn]:
    """The stand-ins among these parameters, and in what the caller said to wait for."""
    found: list[StandIn] = []
    for name, value in parameters.items():
        if type(value) not in ATOMIC and _may_hold_any(value):
            found.extend(_found(value, name))
    if upstream is not None:
        found.extend(_found(upstream, "wait_for"))
    return found


def unfinished(found: list[StandIn]) -> list[Any]:
    """The futures among them that are to be waited for, each once."""
    return list(
        {id(each.value): each.value for each in found if each.role == FUTURE and not each.value.has_ended}.values()
    )


def resolved(found: list[StandIn], parameters: dict[str, Any]) -> Steps[Given]:
    """Waits for the futures that were found, and puts results in the places of all stand-ins."""
    if pending := unfinished(found):
        yield from join(pending)
    results: dict[int, Any] = {}
    inputs: dict[str, dict[bytes, None]] = {}
    for each in found:
        if each.role == ANNOTATION:
            continue
        state = each.value.state if each.role == FUTURE else each.value
        run_id = state.state_details.task_run_id or getattr(each.value, "task_run_id", None)
        if run_id is not None:
            inputs.setdefault(each.parameter, {})[run_id.bytes] = None
        if not state.is_completed() and not (each.may_fail and state.is_final()):
            return Given(parameters, _told(inputs), _not_ready(state, run_id))
        value, error = state.outcome()
        is_handed_on = each.role == FUTURE and not each.may_fail and each.parameter != "wait_for"
        if error is not None and is_handed_on:
            return Given(parameters, _told(inputs), _without_result(run_id, error))
        results[id(each.value)] = value if error is None else error
    touched = {holder for each in found for holder in each.inside}
    rebuild = _Rebuilding(results, touched).rebuilt
    return Given({name: rebuild(value) for name, value in parameters.items()}, _told(inputs), None)


def joined(inputs: Inputs, more: Inputs) -> Inputs:
    """Both, each parameter once and each of its sources once."""
    sources: dict[str, dict[bytes, None]] = {}
    for name, run_ids in (*inputs, *more):
        sources.setdefault(name, {}).update(dict.fromkeys(run_ids))
    return _told(sources)


def may_hold_futures() -> bool:
    """Whether there can be a future anywhere in this process."""
    return FUTURE in STAND_INS.values()


def with_states(value: Any) -> Steps[Any]:
    """The value with the final states of futures in their places, as of what a flow returns."""
    return (yield from replaced(value, lambda future: future.state))


def replaced(value: Any, stands_for: Callable[[Any], Any]) -> Steps[Any]:
    """The value with something else in the places of its futures, which have ended by then."""
    found = [each for each in _found(value, "value") if each.role == FUTURE]
    if not found:
        return value
    if pending := unfinished(found):
        yield from join(pending)
    results = {id(each.value): stands_for(each.value) for each in found}
    return _Rebuilding(results, {holder for each in found for holder in each.inside}).rebuilt(value)


def _told(inputs: dict[str, dict[bytes, None]]) -> Inputs:
    return tuple((name, tuple(run_ids)) for name, run_ids in inputs.items())


def _not_ready(state: Any, run_id: Any) -> Conclusion:
    which = f"Upstream run {id_text(run_id.bytes)!r}" if run_id is not None else "A state among the arguments"
    return Conclusion("PENDING", "NotReady", f"{which} did not reach a 'COMPLETED' state: it is {state}.")


def _without_result(run_id: Any, error: BaseException) -> Conclusion:
    return Conclusion(
        "PENDING", "NotReady", f"Upstream run {id_text(run_id.bytes)!r} has no result: {described(error)}"
    )


def _may_hold_any(value: Any) -> bool:
    """Whether the walk could find a stand-in in this value, by the types on each level: what is large rarely holds any.

    Whatever that walk visits is among the first WALK_BUDGET of its level, but where one container lies there twice,
    which it enters once. Asking of types, and not of values, takes a fifth of the time.
    """
    budget = WALK_BUDGET * LEVELS
    level = [value]
    while level:
        kinds = set(map(type, level))
        if not STAND_INS.keys().isdisjoint(kinds):
            return True
        # Asked once for each type, of which there are few: of a type of models alone it takes microseconds.
        entered = {kind: parts for kind in kinds if kind not in ATOMIC and (parts := _parts_of(kind)) is not None}
        if not entered:
            return False
        budget -= max(len(level), LEAST_COST)
        holders = [item for item in level if type(item) in entered]
        held = holders if entered.keys() <= _ITEMS else [entered[type(item)](item) for item in holders]
        level = list(islice(chain.from_iterable(held), WALK_BUDGET))
        is_cut = len(level) == WALK_BUDGET
        if budget <= 0 or (is_cut and len(set(map(id, holders))) < len(holders)):
            return True
    return False


def _found(value: Any, parameter: str) -> Iterator[StandIn]:
    """A walk, depth first, over iterators, so that no container is copied."""
    budget = WALK_BUDGET
    seen: set[int] = set()
    kinds: dict[type[Any], Parts | None] = {}
    may_fail = False
    levels: list[tuple[Iterator[Any], tuple[int, ...], bool]] = [(iter((value,)), (), False)]
    while levels:
        items, inside, may_fail = levels[-1]
        for item in items:
            kind = cast(type[Any], type(item))
            role = STAND_INS.get(kind)
            if role is not None:
                yield StandIn(item, parameter, role, may_fail, inside)
                if role == ANNOTATION and kind.__name__ not in _NOT_WAITED:
                    held = (*inside, id(item))
                    levels.append((iter(item), held, may_fail or kind.__name__ == "allow_failure"))
                    break
                continue
            budget -= 1
            if budget < 0:
                return
            if kind in ATOMIC:
                continue
            if kind not in kinds:
                kinds[kind] = _parts_of(kind)
            if (parts := kinds[kind]) is not None and id(item) not in seen:
                seen.add(id(item))
                levels.append((iter(parts(item)), (*inside, id(item)), may_fail))
                break
        else:
            levels.pop()


def _parts_of(kind: type[Any]) -> Parts | None:
    """What gives the parts of a container, a dataclass or a model of this type; None for a type without."""
    if kind in _MAPPINGS:
        return _pairs
    if kind in _ITEMS or issubclass(kind, list) or (hasattr(kind, "_fields") and issubclass(kind, tuple)):
        return iter
    names = _field_names(kind)
    return None if names is None else lambda value: [getattr(value, name, None) for name in names]


def is_entered(kind: type[Any]) -> bool:
    """Whether values of this type may have parts."""
    return kind in _MAPPINGS or issubclass(kind, tuple | list) or kind in _ITEMS or _field_names(kind) is not None


def _pairs(mapping: dict[Any, Any]) -> Iterator[Any]:
    for key, value in mapping.items():
        yield value
        if type(key) not in ATOMIC:
            yield key


def _field_names(kind: type) -> list[str] | None:
    if (fields := getattr(kind, "__dataclass_fields__", None)) is not None:
        return list(fields)
    base_model = imported("pydantic", "BaseModel")
    if base_model is not None and issubclass(kind, base_model):
        fields = cast("dict[str, Any]", getattr(kind, "model_fields"))  # noqa: B009 - of a module known at run time only
        return list(fields)
    return None


class _Rebuilding:
    """Copies of what holds stand-ins, with their results in their places; all else stays the very same object."""

    def __init__(self, results: dict[int, Any], touched: set[int]) -> None:
        self._results = results
        self._touched = touched
        self._made: dict[int, Any] = {}

    def rebuilt(self, value: Any) -> Any:
        """This value with results in it."""
        key = id(value)
        if key in self._results:
            return self._results[key]
        role = STAND_INS.get(cast(type[Any], type(value)))
        if role == ANNOTATION:
            return self.rebuilt(value.value) if key in self._touched else value.value
        if role is not None or key not in self._touched:
            return value
        if key not in self._made:
            self._made[key] = value  # What holds itself keeps itself as it was.
            self._made[key] = copied(value, self.rebuilt)
        return self._made[key]


def copied(value: Any, rebuilt: Callable[[Any], Any]) -> Any:
    """A copy of a container, dataclass or model with each of its parts, keys included, as `rebuilt` makes it."""
    kind = cast(type[Any], type(value))
    if kind in _MAPPINGS:
        twin = value.copy()
        twin.clear()
        twin.update((rebuilt(key), rebuilt(item)) for key, item in value.items())
        return twin
    if kind in _ITEMS:
        return kind(rebuilt(item) for item in value)
    if isinstance(value, list):  # the futures of a map: results are just a list
        return [rebuilt(item) for item in cast("list[Any]", value)]
    if isinstance(value, tuple):
        return kind(*(rebuilt(item) for item in cast("tuple[Any, ...]", value)))
    twin = copy(value)
    for name in _field_names(kind) or ():
        held = getattr(value, name, None)
        if (new := rebuilt(held)) is held:
            continue
        if hasattr(kind, "__dataclass_fields__"):
            object.__setattr__(twin, name, new)  # a frozen one, too
        else:
            twin.__dict__[name] = new  # as it is: a model's annotation was met by the stand-in
    return twin
