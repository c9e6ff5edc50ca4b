"""The client's methods, by aggregate: each describes one exchange, and `exchange.endpoint` makes both faces of it."""
