"""What the pipelines need of the world, as Protocols, one file per collaborator.

Hand-written fakes, moto-backed and real adapters all pass one behaviour suite (`tests/contract`).
"""
