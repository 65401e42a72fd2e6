"""The index: where passages are stored with their vectors and found again. `connect(settings)` gives the store."""
