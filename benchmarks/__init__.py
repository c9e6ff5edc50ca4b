"""The budgets, measured: a row each, Headrace beside the peer in the same run, and what nothing at all would cost."""
