"""
Recording: what goes over the wire is written down as it happens.
"""
