"""Use cases: what one can ask of the control plane, a verb a module. Each reads facts, decides purely, writes once.

Plain functions with a store as their first argument, called in process by scripts and by the server's routes.
"""
