"""Risk around the core: what channels tell, lists, policies in force, reasons and backtests."""
