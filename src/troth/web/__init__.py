"""Layout, theme, press (compiled pages), form binding, headers, cookie, locale. Knows no vault."""
