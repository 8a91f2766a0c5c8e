"""Papers for people: inspection papers, reports, receipts; the Word templates are the layout."""
