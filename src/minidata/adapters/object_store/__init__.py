"""The door to the object store: raw bytes under keys, written once, in a folder or a bucket."""

from minidata.adapters.object_store.store import ObjectStore

__all__ = ["ObjectStore"]
