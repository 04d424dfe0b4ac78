"""A whole study in process: synthetic people before the real apps, on a calendar that is moved, until the last clock has struck.

Holds nothing of a real person and opens no installation but its own. Two things here exist nowhere else: a clock that others
set (handed to the same wiring that a served process uses, which accepts none), and seeded randomness (`random.Random(seed)`: what
people do is drawn from it, so that the same seed gives the same counts on both databases; keys, codes and orders never are).
"""
