"""The dataset report: one HTML page over all collections, from their dashboards, pictures and captions."""
