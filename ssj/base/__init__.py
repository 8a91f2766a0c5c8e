"""What all rests on: words, figures, problems as data, the calendar, parameters, safe writing."""
