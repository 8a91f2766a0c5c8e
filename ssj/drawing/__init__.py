"""From rosters to a frozen record and its draw: frames, sizes, seats, lists; amendments, draws made
elsewhere.
"""
