"""The attacks, one file each. They read loot and nothing else: no truth, no baseline (an import contract holds them to it)."""
