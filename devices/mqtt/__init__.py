"""Terminals that speak MQTT: one small module a dialect, one line a dialect in registry.py, and the consumer."""
