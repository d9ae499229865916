"""Visitors who ask for too much, noticed as their events arrive."""
