"""Is this picture a copy of a known token: candidates by sketch, differences explained."""
