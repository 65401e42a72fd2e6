"""The command `copilot`: serve, worker, import, ask, train, eval, reindex, jobs, doctor."""
