"""What the stack costs in a month, service by service."""
