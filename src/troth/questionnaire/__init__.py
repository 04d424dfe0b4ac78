"""The questionnaire, pure: model, rules, route, answers, lint.

Takes a document and answers in, gives pages and messages out. Must never know who answers, or where answers go.
"""
