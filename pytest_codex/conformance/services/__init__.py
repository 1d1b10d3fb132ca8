"""
Services on loopback that a server under test may be told to use, beside the model.
"""
