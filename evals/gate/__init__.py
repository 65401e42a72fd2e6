"""Before an editor publishes: which past questions a change of the knowledge touches, and only those computed again."""
