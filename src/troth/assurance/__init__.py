"""Checks of the promises, static and live, and the evidence report."""
