"""The small cast of all tests: a short survey, a house with one room of respondents, those who answer it, and a claim desk.

Everything is real but small: real keys, real databases, scrypt at its lowest cost. Seeded choices, never seeded keys.
"""
