"""Risk of a payment: what is known of it in numbers, its rules, its score and the decision."""
