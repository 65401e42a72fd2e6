"""The public help centre: pages rendered here, readable without a script and by machines."""
