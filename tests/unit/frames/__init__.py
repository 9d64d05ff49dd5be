"""Measured things as data frames."""
