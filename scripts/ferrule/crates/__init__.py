"""Crates: fetched through cargo, unpacked, described, cut into chunks."""
