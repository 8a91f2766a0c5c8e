"""The year: its plan and the simulated year before, its review and indicators after."""
