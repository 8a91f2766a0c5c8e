"""What people look at: tables and charts of notebooks, HTML pages, Word forms, workbooks."""
