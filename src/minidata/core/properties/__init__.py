"""What the ``*.yml`` files beside models, seeds and sources say of them."""
