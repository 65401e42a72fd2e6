"""Reactions to events, and the schedule: on the server's threads (embedded) or Celery workers (served)."""
