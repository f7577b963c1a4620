"""Family accounts: a person's account that pays for a member of the family."""
