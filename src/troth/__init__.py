"""Troth: confidential surveys that keep their word.

The rooms, from the street door down, are listed in README.md; imports go down that list, never up.
"""
