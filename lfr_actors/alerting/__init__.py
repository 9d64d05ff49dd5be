"""From search results to alerts: pure rules."""
