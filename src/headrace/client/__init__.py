"""The client of the control plane: one set of methods, two faces (sync, async), two doors (HTTP, in process)."""

from headrace.client.orchestration import HeadraceClient, SyncHeadraceClient, get_client

__all__ = ["HeadraceClient", "SyncHeadraceClient", "get_client"]
