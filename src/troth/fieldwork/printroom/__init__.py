"""What the print room does with opened letters: PDFs, the supplier's file, GOV.UK Notify, SFTP, destroying; and its journal.

Who may enter: the role `printroom`, which holds the only keys that open codes. It must never know a vault, an answer or a claim. The
journal tells batches, days and digests of references: never a code, a name or an address (P04, P05, P06).
"""
