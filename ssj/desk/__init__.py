"""What a person at the desk meets: steps, menu, training, commands and what they say."""
