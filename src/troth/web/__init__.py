"""Layout, theme, pressed pages, forms, headers, the one cookie, and the interface's two languages.

Holds no state of a survey and opens nothing. May be entered by the sites and by wiring. Must never know a vault, a
study's use case, an answer's meaning, or where a key lies: what it renders and what it seals is handed to it.
"""
