"""Cryptography only: bytes in, bytes out, one file per primitive, each arguing why it is safe.

Holds the NewTypes of ids and keys (`protocol.names`). Knows nothing of files, databases, HTTP or surveys.
"""
