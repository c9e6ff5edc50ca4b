"""Small things that users import by these paths, one kind in each module; what the engine needs lies elsewhere."""
