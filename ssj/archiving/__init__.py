"""Bags and ledger; a stage executed, certified, rendered; what forbids a stage."""
