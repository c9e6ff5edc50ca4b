"""What commands ask the API for: from what a user typed to filters, pages and one run. Nothing here prints."""
