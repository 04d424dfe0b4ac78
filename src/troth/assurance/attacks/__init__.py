"""The linkage attacks: what a thief, a colleague, a printer or a parent could try with everything they might hold.

Walls inside this room: an attack reads loot (`loot`) and knows no truth; the baseline is computed by `baseline` from the design
alone, before any attack runs; `score` is the only reader of `truth`. Every attack has a leaky twin in tests/attacks which it breaks.
"""
