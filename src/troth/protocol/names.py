"""The NewTypes of ids and keys. No bare `str` or `bytes` crosses a room's wall where one of these names what it is."""

from __future__ import annotations

from typing import NewType

# What a person holds.
Code = NewType("Code", str)
"""A unique access code in canonical form: 16 characters of `code.ALPHABET`. Lives in the letter and in memory only."""
LetterRef = NewType("LetterRef", str)
"""A letter reference: names a letter and its person in SAMPLE; opens nothing. 10 characters of `code.ALPHABET`."""
ClaimSecret = NewType("ClaimSecret", bytes)
"""16 bytes made where the respondent is; both tickets derive from it."""

# What a code derives (protocol.root).
Handle = NewType("Handle", bytes)
"""16 bytes: the name of a response until the study is severed."""
StateKey = NewType("StateKey", bytes)
"""32 bytes: opens the progress that the code alone may open."""
Tag = NewType("Tag", bytes)
"""16 bytes: travels inside sealed steps to SAMPLE where reminders are targeted."""
ExactKey = NewType("ExactKey", bytes)
"""32 bytes: opens the exact progress; from state key and pause word, or random where no word was chosen."""

# Secrets of the installation.
Pepper = NewType("Pepper", bytes)
"""32 bytes: without it no code derives a handle. Destroyed at sever."""
CookieKey = NewType("CookieKey", bytes)
"""32 bytes: seals the respond site's one cookie."""
IndexKey = NewType("IndexKey", bytes)
"""32 bytes: the custodian's key of the blind index."""
AnalysisSeed = NewType("AnalysisSeed", bytes)
"""32 bytes: the analysis key pair in full; kept only as shares."""
AnalysisPublic = NewType("AnalysisPublic", bytes)
StripPrivate = NewType("StripPrivate", bytes)
StripPublic = NewType("StripPublic", bytes)
RecipientPrivate = NewType("RecipientPrivate", bytes)
RecipientPublic = NewType("RecipientPublic", bytes)
BucketPrivate = NewType("BucketPrivate", bytes)
BucketPublic = NewType("BucketPublic", bytes)
IssuerPrivate = NewType("IssuerPrivate", bytes)
"""PKCS#8 DER of a 3072-bit RSA key."""
IssuerPublic = NewType("IssuerPublic", bytes)
"""SubjectPublicKeyInfo DER of the same."""
SigningPrivate = NewType("SigningPrivate", bytes)
SigningPublic = NewType("SigningPublic", bytes)

# Sessions at the respond site.
SessionId = NewType("SessionId", bytes)
"""16 bytes, in the cookie only."""
SessionHash = NewType("SessionHash", bytes)
"""32 bytes, with the handle."""

# Files for people outside (protocol.age).
AgeIdentity = NewType("AgeIdentity", str)
"""`AGE-SECRET-KEY-1…`: secret."""
AgeRecipient = NewType("AgeRecipient", str)
"""`age1…`: public."""
