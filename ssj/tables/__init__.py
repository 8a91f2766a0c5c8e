"""Any file of rows → typed rows with their places: sheets, layouts, headings, columns, values, accounts."""
