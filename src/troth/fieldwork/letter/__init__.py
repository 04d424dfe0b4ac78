"""A letter's shape and its own few words; what a study says in it comes from the study pack. Knows no vault and no key."""
