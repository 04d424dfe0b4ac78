"""Routes and words, one package per site; no site imports another."""
