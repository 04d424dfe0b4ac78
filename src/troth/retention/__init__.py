"""What must be forgotten: when, the forgetting itself, and its certificate.

Works over the `Erasable`s that wiring hands it; imports no vault.
"""
