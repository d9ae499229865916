"""Visitors who ask for too much, noticed as their events arrive: counters, the detector, the firewall's IP sets.

Used by the door's Lambda function. Imports no other room.
"""
