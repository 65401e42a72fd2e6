"""Autonomy that is earned: how sure the measured outcomes make us, and when that stops being true."""
