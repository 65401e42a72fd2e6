"""Articles: written in versions, reviewed, published, replaced, archived."""
