"""The demonstration: one whole audit over real HTTP, real mail and real engines, with simulated citizens.

It uses only what a stranger has: the SDK, the public pages, a mailbox. It never calls a use case of the service.
"""
