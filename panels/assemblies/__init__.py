"""Assemblies: from a plan through a pool and a public lottery to people who hold a seat."""
