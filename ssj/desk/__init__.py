"""What a person at the desk meets: commands, menu, training; parsing and printing only."""
