"""A vault per purpose. Each has its own database, role, keys and process; no value in one appears in another."""
