"""Made-up traffic of a region's year, honest and planted, and what risk finds in it."""
