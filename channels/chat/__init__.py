"""The chat on a shop's own page: its sessions, who a shopper is, and what a shopper may read."""
