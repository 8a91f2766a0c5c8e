"""A year: its plan, the simulated year, indicators, estimates, the review."""
