"""Between rounds: single entries, differences, adopted lists, new rounds, exchange with others."""
