"""Engines, the group-commit writer, the migration runner, rewrite-and-swap.

Knows how to keep rows durably on SQLite and PostgreSQL; knows no vault and no meaning.
"""
