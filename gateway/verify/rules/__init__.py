"""Checks of what the bureau rules by: policies, catalogues, plans and who has them."""
