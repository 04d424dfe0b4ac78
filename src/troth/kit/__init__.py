"""What every room may use: the clock, typed errors, the allow-list log.

Holds no state and knows nothing of surveys. The clock here is the only reader of time in the project.
"""
