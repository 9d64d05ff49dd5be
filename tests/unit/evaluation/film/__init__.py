"""Films with known passes."""
