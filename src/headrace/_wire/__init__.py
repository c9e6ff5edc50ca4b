"""The vocabulary of the wire: one pydantic schema for each object, used by the client and the server alike.

One module for each aggregate, and `routes.py`, the table of all routes. What lives here says only how things look on
the wire; what they mean lives in the server's use cases.
"""
