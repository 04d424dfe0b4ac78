"""INTERVIEWS: contact details given after the survey with an unlinkable ticket (P15, P16).

Holds: spent tickets' hashes, and claims sealed to a bucket that dies on its day.
May enter: the claim site (insert only), the interview desk, retention.
Must never hold: a handle, a code, a letter reference, an answer, a time finer than a day.
"""
