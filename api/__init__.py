"""HTTP: thin handlers over the rooms below, problem details, live hints."""
