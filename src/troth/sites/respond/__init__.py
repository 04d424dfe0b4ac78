"""The respond site: a code, pages forward only, tickets at the end (P06-P09).

Holds routes and words. Reaches the responses vault through `fieldwork` only; knows no name, no address, no letter.
"""
