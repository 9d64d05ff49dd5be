"""What cameras cost, and how many there may be."""
