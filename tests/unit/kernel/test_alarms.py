"""Alarms ring at their time, in order, unless they are cancelled; what is cancelled is not kept."""

import gc
import threading
import weakref

from headrace._kernel import alarms
from headrace._kernel.alarms import set_alarm


def test_alarms_ring_in_the_order_of_their_times() -> None:
    rung: list[int] = []
    last = threading.Event()
    far = set_alarm(3_600, lambda: rung.append(0))  # What comes behind it rings before.
    for number in range(1, 4):
        set_alarm(0.01 * number, lambda number=number: rung.append(number))
    set_alarm(0.02, lambda: rung.append(0)).cancel()
    set_alarm(0.04, last.set)
    assert last.wait(10)
    assert rung == [1, 2, 3]
    far.cancel()


def test_an_alarm_that_fails_leaves_the_others() -> None:
    rung = threading.Event()

    def fails() -> None:
        raise ValueError("an alarm that fails")

    set_alarm(0.01, fails)
    set_alarm(0.02, rung.set)
    assert rung.wait(10)


class Held:
    def ring(self) -> None: ...


def test_what_was_cancelled_is_let_go_long_before_its_time() -> None:
    held = Held()
    watched = weakref.ref(held)
    set_alarm(3_600, held.ring).cancel()
    del held
    gc.collect()
    assert watched() is None
    for _ in range(1_000):
        set_alarm(3_600, int).cancel()
    assert len(alarms._alarms._alarms) < 500  # pyright: ignore[reportPrivateUsage] - what it keeps is what is meant
