"""Mail to citizens: composing from plain-language texts, and sending over one connection."""
