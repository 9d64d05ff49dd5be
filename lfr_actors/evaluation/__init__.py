"""Composed scenes with ground truth."""
