"""What everything rests on: words, figures, problems as data, the calendar, parameters, safe writing."""
