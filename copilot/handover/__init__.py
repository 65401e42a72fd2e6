"""Who answers a ticket, the bot or a person: one state machine, its reasons, and the only place that changes it."""
