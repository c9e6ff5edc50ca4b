"""The kernel: pure building blocks on the standard library and msgspec, which know no flow, store or server."""
