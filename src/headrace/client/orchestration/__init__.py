"""The clients of the control plane, and how to get one."""

from headrace.client._clients import HeadraceClient, SyncHeadraceClient, get_client

__all__ = ["HeadraceClient", "SyncHeadraceClient", "get_client"]
