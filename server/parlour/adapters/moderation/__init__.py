"""The operator's moderation service, over HTTP.

Owns the question's bytes and its time limit. What follows from a verdict is in `runtime/moderation`.

Walk: `questions.ModerationService.ask` posts the question (adapters/outbound) and reads the verdict.
Shown by tests/adapters/moderation/test_questions.py.
"""
