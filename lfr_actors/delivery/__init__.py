"""Telling other systems: signed webhooks, and what a consumer needs to trust them."""
