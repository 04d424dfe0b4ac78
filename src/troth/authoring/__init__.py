"""Authoring: a questionnaire written, checked, walked, drawn, printed, translated, and taken from and to other systems.

Pure: texts and bytes in, texts and bytes out. It knows questionnaires and nothing of studies, vaults, keys, sites or people;
whoever writes a questionnaire may enter. What it reads from elsewhere was written by anybody: each reader is bounded, and
answers with `Invalid` and never with a trace.
"""
