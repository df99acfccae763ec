"""HTTP requests to services that the operator runs: the receivers of webhooks and the moderation service.

Owns the kept connections, the signature's header and the time limit. What is sent, and what an answer means, is said by
adapters/webhooks and adapters/moderation.

Walk: `signed_posts.SignedPosts.post` signs a body (core/webhooks/signature.py), posts it and yields the answer.
Shown by tests/adapters/webhooks/test_webhooks.py and tests/adapters/moderation/test_questions.py.
"""
