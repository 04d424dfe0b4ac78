"""The use cases of fieldwork, one module each: load, release, admit, answer, complete, flush, remind, close, sever."""
