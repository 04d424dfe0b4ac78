"""The public site: the notice from the study's own policy, accessibility, and what the promises' checks said (P01, P31, P34).

Knows no vault with people in it. Shows the evidence file that assurance signed; writes nothing, sets no cookie.
"""
