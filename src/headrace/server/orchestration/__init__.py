"""Orchestration: what may become of a flow run. Pure functions from facts, a proposal and the instant to a decision."""
