"""People: who they are in a business, what they may do there, what is kept about them."""
