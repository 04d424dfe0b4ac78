"""The issuer: signs blinded tickets for the respond site, and knows nothing else (P15, P23).

Holds the two signing keys. Reaches no vault. Sees blinded values only, which are uniformly random to whoever lacks the secret.
"""

from typing import Final

TOKEN_HEADER: Final = "x-troth-issuer"  # noqa: S105 - a header's name
"""Carries the token of whoever may ask; here, because who asks needs none of the issuer's own code."""
