"""Single papers: the event typed by two people, receipts, inspection papers, reports, the
archivist's lists.
"""
