"""Cases: what resolved tickets teach, without personal data, as far as an editor lets it."""
