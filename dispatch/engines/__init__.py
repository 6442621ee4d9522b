"""Engines: a problem in arrays goes in, sequences of stops come out. ``dispatch.planner`` is the door to them."""
