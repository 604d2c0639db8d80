"""Nets and their learning rules, one a file."""
