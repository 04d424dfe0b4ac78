"""The thief's hand: a night's rows and raw files of an installation, put into loot."""
