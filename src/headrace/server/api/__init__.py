"""The routes' handlers: parse, one use case, render. None of them knows which door a call came through.

A handler takes the open store, the values in the path, then the body or the query; it returns what the route's
response schema says (`Made(...)` where the call made it), or raises one of the errors of `errors.py`.
"""
