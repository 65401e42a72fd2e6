"""What we know: articles with versions, cases from resolved tickets, passages and their index."""
