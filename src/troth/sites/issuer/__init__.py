"""The issuer: signs blinded tickets for the respond site, and knows nothing else (P15, P23).

Holds the two signing keys. Reaches no vault. Sees blinded values only, which are uniformly random to whoever lacks the secret.
"""
