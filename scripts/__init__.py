"""Callers of lagrun for benchmarks and test data."""
