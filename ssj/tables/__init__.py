"""Any file of rows → typed rows with their places: sheets, headings, columns, values, accounts."""
