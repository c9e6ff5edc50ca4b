"""`python -m benchmarks`: measures the rows asked for, all by default, and prints the table."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    rows_contention,
    rows_features,
    rows_install,
    rows_listeners,
    rows_processes,
    rows_server,
    rows_stream,
    rows_tasks,
)
from benchmarks.bench import PEER_PYTHON, Bench
from benchmarks.figures import Figure, Measured, Row
from benchmarks.table import as_json, rewrite_page, rewrite_readme, said_of

__all__ = ["ROWS", "main"]

ROWS: tuple[Row, ...] = (
    *rows_processes.ROWS,
    *rows_tasks.ROWS,
    *rows_features.ROWS,
    *rows_server.ROWS,
    *rows_stream.ROWS,
    *rows_listeners.ROWS,
    *rows_contention.ROWS,
    *rows_install.ROWS,
)
README = Path(__file__).parents[1] / "README.md"
PAGES = README.parent / "docs"


def measure(row: Row, bench: Bench, *, peer: bool) -> Measured:
    """Both sides of a row, and its null; a side that fails does not stop the others."""
    measured = Measured(row)

    def take(side: str, work: Callable[[], Figure]) -> None:
        try:
            measured.figures[side] = work()
        except Exception as error:  # noqa: BLE001 - whatever it was, the table says it
            measured.troubles[side] = f"{type(error).__name__}: {error}"

    take("ours", lambda: row.measure(bench, "ours"))
    if peer and row.has_peer:
        take("peer", lambda: row.measure(bench, "peer"))
    if row.null is not None:
        null = row.null
        take("null", lambda: null(bench))
    return measured


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 where every row kept its target, 1 where one did not, 2 where one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(row.name for row in ROWS)}")
    parser.add_argument("--quick", action="store_true", help="few repeats: whether the rows work, not what they say")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    options = parser.parse_args(arguments)
    unknown = set(options.rows) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")

    chosen = [row for row in ROWS if not options.rows or row.name in options.rows]
    with_peer = PEER_PYTHON.exists() and not options.no_peer
    bench = Bench(quick=options.quick)
    table: list[Measured] = []
    try:
        for row in chosen:
            table.append(measure(row, bench, peer=with_peer))
            print(said_of(table[-1]), flush=True)
    finally:
        bench.close()

    if options.json:
        Path(options.json).write_text(as_json(table), encoding="utf-8")
    for measured in table:
        if measured.row.page is not None and "ours" in measured.figures and not options.quick:
            rewrite_page(PAGES / measured.row.page, measured)
    # Only a whole, careful run is worth being read by others.
    if not options.rows and not options.quick and with_peer:
        rewrite_readme(README, table)
    if any("ours" in measured.troubles for measured in table):
        return 2
    return 0 if all(measured.is_met for measured in table) else 1


if __name__ == "__main__":
    sys.exit(main())
