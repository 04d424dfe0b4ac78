"""What people are owed beside the survey. Here now: holds, for records that must outlive their day for a stated reason (P05, P14).

Knows HOLDS and no other vault: where a record comes from is a `Source` that wiring hands in. Knows no response.
"""
