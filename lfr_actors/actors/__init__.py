"""Thin actors around the pure core; the only package that imports ray."""
