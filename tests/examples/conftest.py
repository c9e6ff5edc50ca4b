"""Examples are scripts: their folder is on the path, as it is when Python runs them."""

import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"

sys.path.insert(0, str(EXAMPLES / "weather"))
