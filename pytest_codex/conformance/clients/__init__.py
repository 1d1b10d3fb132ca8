"""
Whether a client speaks the protocol: a server of ours walks it through what it must handle.
"""
