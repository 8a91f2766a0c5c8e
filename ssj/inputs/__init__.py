"""What comes in: toml, calendar, spreadsheets → typed values, and problems with their place."""
