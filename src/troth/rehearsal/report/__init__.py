"""What a rehearsal tells: one JSON object for machines, one page with charts for people. Counts only; nobody is in it."""
