"""The operators' console: an aiohttp application over the store, rendered on the server."""
