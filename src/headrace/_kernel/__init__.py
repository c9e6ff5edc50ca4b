"""The kernel: pure building blocks on the standard library and msgspec. Nothing here knows a flow, a store or a server."""
