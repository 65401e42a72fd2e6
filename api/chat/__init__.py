"""The doors of a shop's chat: who may knock, what a shopper sees, and the stream."""
