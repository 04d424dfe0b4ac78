"""RESPONSES: sealed answers under derived handles, and after a flush under nothing (P04, P08, P09).

Holds: handles with cell and tranche, sessions' hashes, sealed steps and progress, records.
May enter: the respond site (its role inserts steps and can update none), the flush process, sever.
Must never hold: a name, a letter reference, a code, a time finer than a day.
"""
