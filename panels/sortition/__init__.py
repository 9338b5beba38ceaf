"""Drawing a panel that meets quotas, with chances as equal as the quotas allow."""
