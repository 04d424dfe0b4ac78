"""The checks, one file per group of promises. Each is shown to fail by a sabotage in tests/assurance."""
