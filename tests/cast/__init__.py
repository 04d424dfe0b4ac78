"""The small cast of all tests: a short questionnaire, a room of respondents, Mair who answers and Gethin who snoops."""
