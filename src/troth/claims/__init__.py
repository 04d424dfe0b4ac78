"""The use cases of vouchers and interviews. Never knows a code, a handle or an answer (P15, P23)."""
