"""Where keys live: one folder per role, buckets with a date of death, destruction.

Each process is given one folder. This room never decides what a key is for; it keeps, names, and destroys.
"""
