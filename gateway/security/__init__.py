"""Who calls, what they may do, and everything made from the gateway's secret."""
