"""Workbooks for people: results of a draw, problem lists, blank forms, registers."""
