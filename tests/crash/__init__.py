"""The crash harness: real processes of a real installation, killed with kill -9 at random moments, and a verdict that opens everything.

`town` is the installation and its processes, `respondents` keep ledgers of their own, `worker` does the team's work on a simulated
calendar, `reaper` kills, `verdict` compares. docs/crash.md says what this shows and what it does not.
"""
