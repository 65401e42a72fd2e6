"""What happened, in figures: queue, times, volumes, drafts, automation, satisfaction, people's load. Only reads."""
