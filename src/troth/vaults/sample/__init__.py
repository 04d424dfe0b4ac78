"""SAMPLE: who is invited, sealed, until the contact dies (P03-P06).

Holds: sealed contact parts and code parts under one letter reference, the cell, wave states, the blind index, dispositions.
May enter: fieldwork commands (load, release, daily) and the custodian. The print room never does; it gets batches.
Must never hold: a handle, a code in the clear, an answer, or whether anybody answered.
"""
