"""LEDGER: totals of what was loaded, released, erased, opened, published, in a hash chain; never a person.

Holds: counts, days, rules, key ids, digests. May enter: every command that has something to account for.
Must never hold: a name, a reference, a handle, a code, an answer.
"""
