"""HOLDS: records that are kept past their day for a stated reason, each under its officer's key until its review (P05, P14).

Holds: what two approvers decided, and the record, sealed to its officer under a bucket that dies on the review date.
May enter: the role `holds`, which takes off the bucket layer and can read no record; retention.
Must never hold: a record in the clear, a name, a letter reference or a signature in the clear, a code, an answer, a time finer than a day.
"""
