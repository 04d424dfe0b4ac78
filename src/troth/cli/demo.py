"""`troth demo`: filled in as its parts land."""
