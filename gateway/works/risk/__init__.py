"""Works about risk: assessments and their cases, lists, models and policies."""
