"""HTTP requests to services that the operator names: the receivers of webhooks and the moderation service.

Owns the kept connections, the signature's header, the time limit, and the guard that lets no address which came by a
request lead into the operator's network. What is sent, and what an answer means, is said by
adapters/webhooks and adapters/moderation.

Walk: `signed_posts.SignedPosts.post` signs a body (core/webhooks/signature.py), posts it and yields the answer.
`public_addresses.PublicResolver` finds public addresses alone.
Shown by tests/adapters/outbound, tests/adapters/webhooks/test_webhooks.py and
tests/adapters/moderation/test_questions.py.
"""
