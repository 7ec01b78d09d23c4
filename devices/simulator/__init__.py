"""Pretended terminals that speak the real protocols over real sockets."""
