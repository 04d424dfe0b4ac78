"""From sealed records to microdata. No contact data, no HTTP (P10)."""
