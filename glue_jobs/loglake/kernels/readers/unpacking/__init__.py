"""Bytes of any compression, unpacked as a stream: gzip, zstd and bzip2, whole or cut off."""
