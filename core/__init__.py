"""Floor 1: settings, database, events, jobs, errors, security, storage. No domain words."""
