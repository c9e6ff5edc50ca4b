"""Runs tests many times, each time in a process of its own: a race that is lost once in fifty times shows then.

`make repeat TIMES=50 BUSY=1 TESTS=tests/acceptance/test_map.py`. With `--busy`, so many loops keep processors busy
meanwhile. A run that takes longer than its bound hangs: it has to say where each of its threads stands, and has failed.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["main"]

# A loop that ends with the process that started it, however that ends.
_LOOP = "import os\nwhile os.getppid() == {parent}:\n    for _ in range(1_000_000): pass"
_LAST_WORDS_SECONDS = 10
_TOLD_LINES = 60
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 where all runs passed, 1 where any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.repeat", description=__doc__)
    parser.add_argument("tests", nargs="+", metavar="TEST", help="what pytest is given")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--busy", type=int, default=0, metavar="LOOPS", help="processes that keep a processor busy")
    parser.add_argument("--bound", type=float, default=600, metavar="SECONDS", help="what takes longer hangs")
    options = parser.parse_args(arguments)

    logs = Path(tempfile.mkdtemp(prefix="headrace-repeat-"))
    width, failed, culprits = len(str(options.times)), 0, Counter[str]()
    with busy(options.busy):
        for number in range(1, options.times + 1):
            log, began = logs / f"{number}.log", time.monotonic()
            what = run(options.tests, log, options.bound)
            print(f"{number:{width}}/{options.times}  {what:<6}  {time.monotonic() - began:.1f} s", flush=True)
            if what == "passed":
                log.unlink()
                continue
            failed += 1
            said = log.read_text(encoding="utf-8", errors="replace")
            culprits.update(_FAILED.findall(said) or [what])
            print("\n".join(said.splitlines()[-_TOLD_LINES:]), f"\nAll of it: {log}", flush=True)
    print(f"{failed} of {options.times} runs failed.")
    for culprit, times in culprits.most_common():
        print(f"  {times}x {culprit}")
    if not failed:
        logs.rmdir()
    return int(failed > 0)


def run(tests: Sequence[str], log: Path, bound: float) -> str:
    """Runs the tests once; whether they `passed`, `failed` or were `hung`. `log` keeps what they said."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "pytest", *tests],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # so that what a test leaves behind can be ended with it
        )
        try:
            return "failed" if process.wait(bound) else "passed"
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # at which faulthandler tells the stacks of all threads
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LAST_WORDS_SECONDS)
            return "hung"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keeps so many processors busy for what is inside."""
    command = [sys.executable, "-c", _LOOP.format(parent=os.getpid())]
    processes = [subprocess.Popen(command) for _ in range(loops)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
