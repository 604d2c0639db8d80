"""Plain values to objects and back: building, identity, defaults of stored configurations, what code is trusted."""
