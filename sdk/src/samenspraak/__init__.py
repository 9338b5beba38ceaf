"""Samenspraak: have citizens judge an AI application and get a weighted report."""
