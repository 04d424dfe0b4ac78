"""How a sample file is read: whole files checked row by row, in memory that does not grow with an address (P03).

Holds the formats, the rules of columns and addresses, and the two passes over a file. Nothing here stores anything, and no message
repeats a value.
"""
