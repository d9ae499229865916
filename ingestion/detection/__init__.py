"""Detects visitors with too many requests as their events arrive: counters, the detector, the IP sets of AWS WAF.

Used by the door's Lambda function. Imports no other room.
"""
