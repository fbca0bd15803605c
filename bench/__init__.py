"""Benchmarks: figures as ratios within one run, recorded in ``RESULTS.md``."""
