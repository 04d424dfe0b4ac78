"""The claim site: an unlinkable ticket in, contact details sealed, and that is all (P15, P16, P23).

Knows no code, no handle, no answer; sets no cookie; cannot read what it sealed.
"""
