"""Letters to people whom mail does not reach: one sheet each, in Dutch and English, with link, QR and typed code."""
