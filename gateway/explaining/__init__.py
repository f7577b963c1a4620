"""Splits of orders explained: from what was recorded at the payment, and as the bureau's message."""
