"""Benchmarks: how fast, beside what, and how that was measured."""
