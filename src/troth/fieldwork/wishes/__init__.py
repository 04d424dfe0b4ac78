"""What people may wish while their contact is here, and what is done when a letter is lost or comes back (P05, P06, P32).

By letter reference first, as it is printed; by exact name and postcode second, with the custodian's index key. Nobody reads a code here,
and nothing here knows whether anybody answered.
"""
