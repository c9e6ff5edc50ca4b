"""The terminal shows lines in order, at once while there are few, joined while there are many."""

import io
import threading

from headrace._kernel import clock
from headrace.logging.console import Console


class Writes(io.StringIO):
    """A stream that counts how often it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def write(self, text: str) -> int:
        self.count += 1
        return super().write(text)


def test_a_line_says_when_how_grave_where_from_and_what() -> None:
    stream = io.StringIO()
    Console(stream).line(1_700_000_000_123_456, "INFO", "Flow run 'calm-otter'", "Beginning")
    assert stream.getvalue().endswith(".123 | INFO    | Flow run 'calm-otter' - Beginning\n")


def test_a_first_line_is_there_when_the_call_returns() -> None:
    stream = io.StringIO()
    Console(stream).write("one\n")
    assert stream.getvalue() == "one\n"


def test_a_flood_is_written_whole_in_order_and_in_few_writes() -> None:
    stream = Writes()
    console = Console(stream)
    lines = [f"{number}\n" for number in range(20_000)]
    for line in lines:
        console.write(line)
    console.flush()
    assert stream.getvalue() == "".join(lines)
    assert stream.count < 10_000


def test_a_flood_that_stops_is_written_without_a_flush() -> None:
    whole = threading.Event()

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            if "last" in text:
                whole.set()
            return super().write(text)

    console = Console(Watched())
    for number in range(1000):
        console.write(f"{number}\n")
    console.write("last\n")
    assert clock.wait(whole, 30)


def test_lines_of_many_threads_are_whole() -> None:
    stream = io.StringIO()
    console = Console(stream)

    def write(name: str) -> None:
        for number in range(2000):
            console.write(f"{name} {number}\n")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    console.flush()
    lines = stream.getvalue().splitlines()
    assert sorted(lines) == sorted(f"{name} {number}" for name in "abcd" for number in range(2000))
    for name in "abcd":
        assert [line for line in lines if line[0] == name] == [f"{name} {number}" for number in range(2000)]


def test_a_closed_stream_stops_nobody() -> None:
    stream = io.StringIO()
    console = Console(stream)
    stream.close()
    console.write("lost\n")
