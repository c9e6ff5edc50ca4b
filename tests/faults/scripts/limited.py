"""Runs another script, in this very process, whose files cannot grow beyond a number of bytes: a quota of its own."""

import resource
import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    limit, script = int(sys.argv[1]), Path(__file__).with_name(sys.argv[2])
    sys.argv = [str(script), *sys.argv[3:]]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    runpy.run_path(str(script), run_name="__main__")
