"""What happened: shops, customers, staff, tickets, messages and the shop's own orders. No AI."""
