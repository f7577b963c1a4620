"""What a benefit is computed from and with: the compiled rule, a bill by nature, the pooled fund, exact numbers."""
