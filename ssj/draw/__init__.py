"""From typed rosters to a draw: frames, chances, working sizes, teams, lists, disclosure."""
