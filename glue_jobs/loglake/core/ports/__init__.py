"""What the pipelines need from outside, as Protocols, one file per collaborator.

Hand-written fakes, moto-backed and real adapters all pass one behaviour suite (`tests/contract`).
"""
