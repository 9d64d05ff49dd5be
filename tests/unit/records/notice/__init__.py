"""The sign for the street."""
