"""A compiled binder binds as the function's own signature does."""

import inspect
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headrace._kernel.callables import Binder, is_async, source_key
from headrace.exceptions import ReservedArgumentError


def everything(a: Any, b: Any = 2, /, c: Any = 3, *args: Any, d: Any, e: Any = 5, **kwargs: Any) -> Any:
    return a, b, c, args, d, e, kwargs


def keywords(*, only: int, other: str = "x") -> Any:
    return only, other


def nothing() -> Any:
    return ()


values = st.integers(0, 9)
names = st.sampled_from(["a", "b", "c", "d", "e", "only", "other", "zzz"])


@settings(deadline=None)
@given(
    fn=st.sampled_from([everything, keywords, nothing]),
    args=st.lists(values, max_size=5).map(tuple),
    kwargs=st.dictionaries(names, values, max_size=4),
)
# The name of a positional-only parameter among **kwargs: `inspect` itself agrees with calling in few versions.
@example(everything, (), {"a": 1, "d": 2})
@example(everything, (1,), {"b": 1, "d": 2})
def test_binding_agrees_with_calling(fn: Any, args: tuple[int, ...], kwargs: dict[str, int]) -> None:
    binder = Binder(fn)
    try:
        called_with = fn(*args, **kwargs)
    except TypeError:
        with pytest.raises(TypeError):
            binder.bind(*args, **kwargs)
        assert binder.refusal(args, kwargs) is not None
        return
    assert binder.refusal(args, kwargs) is None
    bound = binder.bind(*args, **kwargs)
    assert tuple(bound) == tuple(inspect.signature(fn).parameters)
    assert tuple(bound.values()) == called_with


def test_bound_parameters_make_the_same_call_again() -> None:
    binder = Binder(everything)
    bound = binder.bind(1, 9, 8, 7, 6, d=4, z=0)
    args, kwargs = binder.call_arguments(bound)
    assert everything(*args, **kwargs) == everything(1, 9, 8, 7, 6, d=4, z=0)


def test_a_default_that_cannot_be_written_as_code_is_kept() -> None:
    marker = object()

    def fn(a: Any = marker) -> None: ...

    assert Binder(fn).bind()["a"] is marker


def test_a_refusal_names_the_function_its_signature_and_what_it_was_given() -> None:
    def load(year: int, *, dry: bool = False) -> None: ...

    refusal = Binder(load).refusal((1, 2), {"dry": True})
    assert refusal is not None
    assert "load" in str(refusal)
    assert "year: int" in str(refusal)
    assert "(1, 2)" in str(refusal)


@pytest.mark.parametrize("name", ["return_state", "wait_for"])
def test_a_parameter_that_calls_need_for_themselves_is_refused(name: str) -> None:
    def load(year: int, **others: Any) -> None: ...

    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY)
    load.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    with pytest.raises(ReservedArgumentError, match=name):
        Binder(load)


def test_a_function_without_a_signature_takes_what_it_is_given() -> None:
    assert Binder(dict).bind([("a", 1)], b=2)


def test_a_callable_object_with_an_async_call_is_async() -> None:
    class Fetch:
        async def __call__(self) -> None: ...

    assert is_async(Fetch())
    assert not is_async(nothing)


def test_functions_of_the_same_name_in_different_places_have_different_keys() -> None:
    namespace: dict[str, Any] = {}
    eval(compile("def nothing(): ...", "/elsewhere.py", "exec"), namespace)
    assert source_key(nothing) != source_key(namespace["nothing"])
    assert source_key(nothing).startswith("nothing-")
